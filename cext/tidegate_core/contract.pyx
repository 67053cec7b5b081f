"""What a perpetual contract is worth and what margin it needs, for people and tests.

The formulas are inline in ``contract.pxd``; here are the loader of a contract's terms and a
Python face.
"""

from libc.string cimport memset

from tidegate_core.types cimport i32, i64

from tidegate_core.perpetual import MAX_LEVERAGE, MAX_VALUE, Perpetual, deductions

__all__ = ["ContractMath"]

cdef object MAX_CUSHION = 2**62 - 1
cdef object MAX_MULTIPLICITY = 2**24


cdef int load_contract(Contract* contract, object perpetual) except -1:
    """Fill the terms in; mark, last price and totals are 0."""
    cdef i32 k
    if not isinstance(perpetual, Perpetual):
        raise TypeError(f"perpetual is {perpetual!r}; allowed are instances of Perpetual")
    memset(contract, 0, sizeof(Contract))
    contract.unit = perpetual.unit
    contract.max_price = perpetual.max_price
    contract.maker_ppm = perpetual.maker_ppm
    contract.taker_ppm = perpetual.taker_ppm
    contract.band_ppm = perpetual.band_ppm
    contract.inverse = perpetual.inverse
    contract.n_tiers = len(perpetual.tiers)
    contract.max_leverage = perpetual.tiers[0].max_leverage
    for k, (tier, cum) in enumerate(zip(perpetual.tiers, deductions(perpetual.tiers))):
        contract.cap[k] = tier.cap
        contract.maintenance_ppm[k] = tier.maintenance_ppm
        contract.cum[k] = cum
        contract.leverage[k] = tier.max_leverage
    return 0


cdef i64 whole_between(str name, object value, object low, object high) except? -1:
    """Give an argument as int64, if it is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is {value!r}; allowed are whole numbers")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; allowed are {low} to {high}")
    return value


cdef class ContractMath:
    """Exact formulas of one contract.

    Parameters
    ----------
    perpetual : Perpetual
        Its terms.

    Notes
    -----
    Prices are in ticks, sizes in signed lots, all else in micro-units. An entry is the signed cost
    of a position, the sum of its values at the prices it was traded at; a cushion is the cash that
    bears its losses.

    Examples
    --------
    A long of 1 at 100,000 with 10x isolated margin and a maintenance rate of 0.5 %:

    >>> from tidegate_core.perpetual import Perpetual, Tier
    >>> tier = Tier(10**13, maintenance_ppm=5_000, max_leverage=100)
    >>> math = ContractMath(Perpetual("X", tiers=[tier], tick_value=10**6, max_price=10**9))
    >>> math.bankruptcy_price(1, 100_000 * 10**6, 10_000 * 10**6)
    90000
    """

    def __cinit__(self, perpetual):
        load_contract(&self.contract, perpetual)
        self._perpetual = perpetual

    @property
    def perpetual(self):
        """The contract's terms."""
        return self._perpetual

    @property
    def max_size(self):
        """Most lots of a position whose value stays in bounds at every allowed price."""
        cdef i64 unit = self.contract.unit
        if not self.contract.inverse:
            unit *= self.contract.max_price
        return MAX_VALUE // unit

    def value(self, price, size):
        """Signed value of `size` lots at a price; it rises with the price for a long."""
        return value_of(&self.contract, self._price(price), self._size(size))

    def notional(self, price, size):
        """Size of the value."""
        return notional_of(&self.contract, self._price(price), self._size(size))

    def tier(self, notional):
        """Index of the tier of a notional."""
        return tier_of(&self.contract, whole_between("notional", notional, 0, MAX_VALUE))

    def maintenance(self, notional, multiplicity=1):
        """Maintenance margin on a notional that so many accounts have together, rounded up."""
        return maintenance_of(
            &self.contract, whole_between("notional", notional, 0, MAX_VALUE),
            whole_between("multiplicity", multiplicity, 1, MAX_MULTIPLICITY))

    def initial(self, notional, leverage):
        """Initial margin on a notional, rounded up."""
        return initial_of(
            whole_between("notional", notional, 0, MAX_VALUE),
            whole_between("leverage", leverage, 1, MAX_LEVERAGE))

    def liquidation_price(self, size, entry, cushion, multiplicity=1):
        """Last price at which equity is at most the maintenance margin; None if there is none.

        A long is due from there down, a short from there up.
        """
        cdef i64 lots = self._size(size), cost = _entry(entry), cash = _cushion(cushion), price
        cdef i64 many = whole_between("multiplicity", multiplicity, 1, MAX_MULTIPLICITY)
        _require_open(lots)
        if not liquidation_price(&self.contract, lots, cost, cash, many, &price):
            return None
        return price

    def bankruptcy_price(self, size, entry, cushion):
        """Worst price at which equity is not negative; None if there is none.

        A long is solvent from there up, a short from there down.
        """
        cdef i64 lots = self._size(size), cost = _entry(entry), cash = _cushion(cushion), price
        _require_open(lots)
        return price if bankruptcy_price(&self.contract, lots, cost, cash, &price) else None

    cdef i64 _price(self, price) except? -1:
        return whole_between("price", price, 1, self.contract.max_price)

    cdef i64 _size(self, size) except? -1:
        return whole_between("size", size, -self.max_size, self.max_size)

    def __reduce__(self):
        return ContractMath, (self._perpetual,)

    def __repr__(self):
        return f"ContractMath({self._perpetual!r})"


cdef i64 _entry(entry) except? -1:
    return whole_between("entry", entry, -MAX_VALUE, MAX_VALUE)


cdef i64 _cushion(cushion) except? -1:
    return whole_between("cushion", cushion, -MAX_CUSHION, MAX_CUSHION)


cdef int _require_open(i64 size) except -1:
    if size == 0:
        raise ValueError("size is 0; allowed are the sizes of open positions")
    return 0
