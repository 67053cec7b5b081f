"""What an account with a position takes: 112 bytes of records, some 124 of memory."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral, Perpetual, Tier

FIRST_CLIENT, PRICE = 5, 50_000
ACCOUNT, CELL, POSITION = 32, 16, 64  # bytes
TERMS = Perpetual(
    "P",
    tiers=[Tier(10**15, maintenance_ppm=5_000, max_leverage=100)],
    tick_value=1,
    max_price=10**6,
)


def opened(accounts, *, contracts=1, collateral=()):
    """Open a venue on which everybody has a position in every contract, half of them short."""
    engine = MarginEngine(contracts=[TERMS] * contracts, collateral=collateral, accounts=accounts)
    size = np.tile([10, -10], accounts // 2)
    for contract in range(contracts):
        engine.endow(
            contract,
            account=np.arange(FIRST_CLIENT, FIRST_CLIENT + accounts),
            size=size,
            entry=size * PRICE,
            margin=np.zeros(accounts, dtype=np.int64),
            deposit=np.arange(100_000, 100_000 + accounts),
        )
    engine.set_marks([PRICE] * contracts)
    return engine


@pytest.mark.parametrize(("contracts", "collateral"), [(1, ()), (3, ()), (1, (Collateral("BTC"),))])
def test_an_account_takes_so_many_bytes(contracts, collateral):
    sizes = [
        opened(n, contracts=contracts, collateral=collateral).nbytes
        for n in (50_000, 100_000, 200_000)
    ]
    each = ACCOUNT + CELL * (1 + len(collateral)) + POSITION * contracts
    for (few, many), more in zip(pairwise(sizes), (50_000, 100_000), strict=True):
        assert many - few == each * more


def test_one_asset_and_one_position_are_between_64_and_128_bytes():
    assert 64 <= opened(200_000).nbytes / 200_000 <= 128


RESIDENT = """
import gc, resource
import numpy as np
from tests.core.test_margin_bytes import opened
def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
opened(1_000)
before = resident()
engine = opened(200_000)
print((resident() - before) / 200_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_resident_is_little_more():
    """Also a place among the dirty accounts, and the levels of the triggers."""
    run = subprocess.run(
        [sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=False
    )
    assert run.stdout, run.stderr
    assert 112 <= float(run.stdout) <= 144
