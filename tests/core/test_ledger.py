"""The ledger against a dictionary of Python ints, and its refusals one by one."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tidegate_core.codes import Reject
from tidegate_core.ledger import Ledger

LOW, HIGH = -(2**63), 2**63 - 1
AMOUNT = st.integers(0, 1000) | st.sampled_from([-1, HIGH, HIGH - 1, HIGH // 2])
PLACE = st.integers(-1, 5)
ROW = st.tuples(PLACE, PLACE, PLACE, AMOUNT)  # asset, source, target, amount
ASSETS = ("usd", "btc", "eth")


class LedgerMachine(RuleBasedStateMachine):
    """Random instructions to the ledger and to a dictionary that is obviously right."""

    @initialize(accounts=st.integers(0, 4))
    def start(self, accounts: int) -> None:
        self.ledger = Ledger(ASSETS, accounts)
        self.cells = {(a, s): [0, 0] for a in range(accounts) for s in range(3)}
        self.issuers: set[int] = set()
        self.inflow = [0, 0, 0]

    def place(self, account: int, asset: int) -> Reject:
        if not 0 <= account < len(self.ledger):
            return Reject.ACCOUNT
        return Reject.OK if 0 <= asset < 3 else Reject.INSTRUMENT

    def move(self, account: int, asset: int, free: int, reserved: int) -> Reject:
        cell = self.cells[account, asset]
        after = [cell[0] + free, cell[1] + reserved]
        if free < 0 and after[0] < 0 and (account not in self.issuers or reserved):
            return Reject.FUNDS
        if after[1] < 0:
            return Reject.FUNDS
        if not all(LOW <= x <= HIGH for x in after):
            return Reject.OVERFLOW
        self.cells[account, asset] = after
        return Reject.OK

    @rule(count=st.integers(0, 3), issuer=st.booleans())
    def add_accounts(self, count: int, issuer: bool) -> None:
        first = self.ledger.add_accounts(count, issuer=issuer)
        for account in range(first, first + count):
            self.cells |= {(account, s): [0, 0] for s in range(3)}
            if issuer:
                self.issuers.add(account)

    @rule(account=PLACE, asset=PLACE, amount=AMOUNT, sign=st.sampled_from([1, -1]))
    def flow(self, account: int, asset: int, amount: int, sign: int) -> None:
        expected = self.place(account, asset)
        if expected is Reject.OK:
            expected = Reject.QUANTITY if amount < 0 else expected
        if expected is Reject.OK:
            expected = self.move(account, asset, sign * amount, 0)
        if expected is Reject.OK:
            self.inflow[asset] += sign * amount
        call = self.ledger.deposit if sign > 0 else self.ledger.withdraw
        assert call(account, asset, amount) == expected

    @rule(account=PLACE, asset=PLACE, amount=AMOUNT, sign=st.sampled_from([1, -1]))
    def reserve(self, account: int, asset: int, amount: int, sign: int) -> None:
        expected = self.place(account, asset)
        if expected is Reject.OK:
            expected = Reject.QUANTITY if amount < 0 else expected
        if expected is Reject.OK:
            expected = self.move(account, asset, -sign * amount, sign * amount)
        call = self.ledger.reserve if sign > 0 else self.ledger.release
        assert call(account, asset, amount) == expected

    def transfer_expected(self, asset: int, source: int, target: int, amount: int) -> Reject:
        expected = self.place(source, asset) or self.place(target, asset)
        if expected:
            return Reject(expected)
        if amount < 0:
            return Reject.QUANTITY
        before = self.cells[source, asset]
        expected = self.move(source, asset, -amount, 0)
        if expected is Reject.OK:
            expected = self.move(target, asset, amount, 0)
            if expected:
                self.cells[source, asset] = before
        return Reject(expected)

    @rule(row=ROW)
    def transfer(self, row: tuple[int, int, int, int]) -> None:
        expected = self.transfer_expected(*row)
        assert self.ledger.transfer(*row) == expected

    @rule(rows=st.lists(ROW, max_size=6))
    def transfer_many(self, rows: list[tuple[int, int, int, int]]) -> None:
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        names = ("asset", "source", "target", "amount")
        codes = self.ledger.transfer_many(**dict(zip(names, columns, strict=True)))
        assert codes.tolist() == [self.transfer_expected(*row) for row in rows]

    @rule(how=st.sampled_from(["copy", "deepcopy", "pickle", "snapshot"]))
    def carry_on_with_a_copy(self, how: str) -> None:
        before = self.ledger
        if how == "copy":
            self.ledger = before.copy()
        elif how == "deepcopy":
            self.ledger = copy.deepcopy(before)
        elif how == "pickle":
            self.ledger = pickle.loads(pickle.dumps(before))
        else:
            self.ledger = Ledger(ASSETS, 2)
            self.ledger.deposit(1, 1, 5)
            self.ledger.restore(before.snapshot())
        if len(before):
            before.deposit(0, 0, 1)  # the original and the copy share nothing

    @invariant()
    def agrees(self) -> None:
        self.ledger._check()
        for asset in range(3):
            free = self.ledger.free_column(asset).tolist()
            reserved = self.ledger.reserved_column(asset).tolist()
            wanted = [self.cells[a, asset] for a in range(len(self.ledger))]
            assert [list(pair) for pair in zip(free, reserved, strict=True)] == wanted
            assert self.ledger.total(asset) == self.inflow[asset] == self.ledger.external(asset)
        issuers = {a for a in range(len(self.ledger)) if self.ledger.is_issuer(a)}
        assert issuers == self.issuers


TestLedger = LedgerMachine.TestCase


def test_an_issuer_holds_the_negative_of_its_claims() -> None:
    ledger = Ledger(["units"])
    fund, saver = ledger.add_accounts(issuer=True), ledger.add_accounts()
    assert ledger.transfer(0, fund, saver, 250) == Reject.OK
    assert (ledger.free(fund, 0), ledger.free(saver, 0), ledger.total(0)) == (-250, 250, 0)
    assert ledger.transfer(0, saver, fund, 251) == Reject.FUNDS
    ledger._check()


def test_totals_may_exceed_64_bits() -> None:
    ledger = Ledger(["usd"], 3)
    for account in range(3):
        assert ledger.deposit(account, 0, HIGH) == Reject.OK
    assert ledger.total(0) == 3 * HIGH
    ledger._check()


def test_a_failed_transfer_leaves_the_snapshot_unchanged() -> None:
    ledger = Ledger(["usd"], 2)
    ledger.deposit(0, 0, HIGH)
    ledger.deposit(1, 0, 1)
    before = ledger.snapshot()
    assert ledger.transfer(0, 0, 1, HIGH) == Reject.OVERFLOW
    assert ledger.transfer(0, 1, 0, 2) == Reject.FUNDS
    assert ledger.snapshot() == before


def test_many_accounts_keep_their_balances_while_the_ledger_grows() -> None:
    ledger = Ledger(["usd", "btc"], 1)
    for account in range(1, 2000):
        ledger.add_accounts()
        ledger.deposit(account, account % 2, account)
    assert ledger.free_column(1).tolist() == [a if a % 2 else 0 for a in range(2000)]
    ledger._check()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="names must differ"):
        Ledger(["usd", "usd"])
    with pytest.raises(ValueError, match="at least one name"):
        Ledger([])
    with pytest.raises(ValueError, match="accounts is -1"):
        Ledger(["usd"], -1)
    ledger = Ledger(["usd", "btc"], 2)
    with pytest.raises(ValueError, match="account is 2; allowed are 0 to 1"):
        ledger.free(2, 0)
    with pytest.raises(ValueError, match="asset is 7"):
        ledger.total(7)
    with pytest.raises(ValueError, match="the assets are usd, btc"):
        ledger.asset("eth")
    with pytest.raises(ValueError, match="count is -1"):
        ledger.add_accounts(-1)
    assert ledger.asset("btc") == 1


def test_bad_columns_are_named_before_anything_moves() -> None:
    ledger = Ledger(["usd"], 2)
    ledger.deposit(0, 0, 10)
    one = np.ones(1, dtype=np.int64)
    zero = one * 0
    with pytest.raises(TypeError, match="amount is float64"):
        ledger.transfer_many(
            asset=zero,
            source=zero,
            target=one,
            amount=np.array([np.nan]),
        )
    with pytest.raises(ValueError, match="target has 2 rows; the first column has 1"):
        ledger.transfer_many(asset=zero, source=zero, target=np.repeat(one, 2), amount=one)
    with pytest.raises(ValueError, match="source has 2 dimensions"):
        ledger.transfer_many(asset=zero, source=zero.reshape(1, 1), target=one, amount=one)
    assert ledger.free_column(0).tolist() == [10, 0]


def test_a_foreign_snapshot_is_refused_and_changes_nothing() -> None:
    ledger = Ledger(["usd"], 2)
    ledger.deposit(0, 0, 3)
    before = ledger.snapshot()
    for data in (b"", b"no snapshot at all", before[:-1], before[:30]):
        with pytest.raises(ValueError, match="not a snapshot"):
            ledger.restore(data)
    with pytest.raises(ValueError, match="of the assets"):
        ledger.restore(Ledger(["btc"], 2).snapshot())
    assert ledger.snapshot() == before
