"""The same crowds through tidegate and through others: CPU nanoseconds an order.

`zero_intelligence` crowds (cancel and replace): each step every agent, in random order, cancels
what rests of its last order and submits a limit order, buy or sell with equal chance, at a
uniform price of 9,950 to 10,050 and a uniform size of 1 to 10. `fcn` crowds: the Chiarella-Iori
sample of PAMS with every agent active in every step. Populating a market is not timed.
"""

import ctypes
import os
import random
import shlex
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import thread_time_ns
from typing import Any

import mesa
import numpy as np
from tidegate_core import Op, OrderBook
from tidegate_core.engine import FILL_DTYPE, Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.crowd import Behaviour, ColumnCrowd, ZeroIntelligence
from tidegate_crowd.fcn import Fcn

LOW, HIGH, MAX_SIZE = 9_950, 10_050, 10
LEVELS = HIGH - LOW + 1
SEED = 20_251_010
COMPILER = shlex.split(os.environ.get("CC", "cc"))

Workload = Callable[[int, int], float]


def timed(step: Callable[[int], object], agents: int, steps: int) -> float:
    """Run the steps against the clock of this thread."""
    start = thread_time_ns()
    for tick in range(steps):
        step(tick)
    return (thread_time_ns() - start) / agents / steps


# ---- tidegate -------------------------------------------------------------------------------


@cache
def funded(agents: int, tick_value: int, cash: int, coins: int) -> Engine:
    """Open a venue whose accounts can pay for anything they will do."""
    engine = Engine([Instrument("X", "coin", "cash", tick_value)], agents)
    for account in range(1, agents + 1):
        engine.deposit(account, 0, coins)
        engine.deposit(account, 1, cash)
    return engine


def through_venue(engine: Engine, behaviour: Behaviour, agents: int, steps: int) -> float:
    """Run a column crowd on a whole venue: keyed draws, ledger, log taken after each step."""
    crowd = ColumnCrowd(behaviour, key=SEED, first=1, count=agents)
    tape = np.empty(4 * agents, dtype=FILL_DTYPE)

    def step(tick: int) -> None:
        assert crowd.step(engine, tick) == agents
        engine.take_fills(out=tape)

    taken = timed(step, agents, steps)
    audit = engine.audit().values()
    assert all(asset["free"] + asset["reserved"] == asset["inflow"] for asset in audit)
    return taken


def venue(agents: int, steps: int) -> float:
    engine = funded(agents, 1, 10**9, 10**6).copy()
    return through_venue(engine, ZeroIntelligence(LOW, HIGH, MAX_SIZE), agents, steps)


def fcn(agents: int, steps: int) -> float:
    """Tick 0.00001, price 300: a price of 30 million ticks."""
    engine = funded(agents, 10, 10**14, 10**6).copy()
    return through_venue(engine, Fcn(30_000_000), agents, steps)


def book_columns(agents: int, steps: int) -> float:
    """Run the book alone, with NumPy's draws and its permutation for arrival."""
    book = OrderBook()
    draw = np.random.default_rng(SEED)
    orders = np.zeros(agents, dtype=np.int64)
    op = np.full(agents, int(Op.CANCEL_SUBMIT), dtype=np.int64)

    def step(_tick: int) -> None:
        turn = draw.permutation(agents)
        orders[turn] = book.submit_many(
            op=op,
            side=draw.integers(0, 2, agents),
            price=draw.integers(LOW, HIGH + 1, agents),
            quantity=draw.integers(1, MAX_SIZE + 1, agents),
            owner=turn,
            order_id=orders[turn],
        )
        book.take_trades()

    return timed(step, agents, steps)


class Trader(mesa.Agent):  # type: ignore[misc]
    """One Mesa agent, one order: a call for the cancel and a call for the order."""

    def __init__(self, model: "Traders", number: int) -> None:
        super().__init__(model)
        self.number = number
        self.order = 0
        self.draw = model.random.random
        self.submit, self.cancel = model.book.submit, model.book.cancel

    def step(self) -> None:
        draw = self.draw
        if self.order > 0:
            self.cancel(self.order)
        self.order = self.submit(
            draw() < 0.5,
            LOW + int(draw() * LEVELS),
            1 + int(draw() * MAX_SIZE),
            self.number,
        )


class Traders(mesa.Model):  # type: ignore[misc]
    """A Mesa model of such traders, who settle at the end of each step."""

    def __init__(self, agents: int) -> None:
        super().__init__(rng=SEED)
        self.book = OrderBook()
        self.cash = np.zeros(agents, dtype=np.int64)
        self.coins = np.zeros(agents, dtype=np.int64)
        for number in range(agents):
            Trader(self, number)

    def step(self) -> None:
        self.agents.shuffle_do("step")
        trades = self.book.take_trades()
        lots = np.where(trades["taker_side"] == 0, trades["quantity"], -trades["quantity"])
        for who, sign in (("taker", 1), ("maker", -1)):
            np.add.at(self.coins, trades[who], sign * lots)
            np.add.at(self.cash, trades[who], -sign * lots * trades["price"])


def mesa_agents(agents: int, steps: int) -> float:
    model = Traders(agents)
    taken = timed(lambda _tick: model.step(), agents, steps)
    assert model.cash.sum() == model.coins.sum() == 0
    assert np.abs(model.coins).sum() > 0
    return taken


# ---- others ---------------------------------------------------------------------------------


def bourse_arrays(agents: int, steps: int) -> float:
    from bourse.core import StepEnvNumpy  # type: ignore[import-untyped]

    env = StepEnvNumpy(SEED, 0, 1, 1_000)
    draw = np.random.default_rng(SEED)
    owners = np.arange(agents, dtype=np.uint32)
    held: list[Any] = []

    def step(_tick: int) -> None:
        if held:
            env.submit_cancellations(held.pop())
        held.append(
            env.submit_limit_orders(
                (
                    draw.random(agents) < 0.5,
                    draw.integers(1, MAX_SIZE + 1, agents, dtype=np.uint32),
                    owners,
                    draw.integers(LOW, HIGH + 1, agents, dtype=np.uint32),
                )
            )
        )
        env.step()

    return timed(step, agents, steps)


def bourse_objects(agents: int, steps: int) -> float:
    """Run bourse's own runner and the generator it hands out, as Mesa's agents use Mesa's."""
    from bourse.core import StepEnv
    from bourse.step_sim import agents as bases  # type: ignore[import-untyped]
    from bourse.step_sim import run

    class BourseTrader(bases.BaseAgent):  # type: ignore[misc]
        def __init__(self, number: int) -> None:
            self.number = number
            self.order: int | None = None

        def update(self, rng: np.random.Generator, env: Any) -> None:
            draw = rng.random
            if self.order is not None:
                env.cancel_order(self.order)
            self.order = env.place_order(
                draw() < 0.5,
                1 + int(draw() * MAX_SIZE),
                self.number,
                price=LOW + int(draw() * LEVELS),
            )

    env = StepEnv(SEED, 0, 1, 1_000)
    traders = [BourseTrader(number) for number in range(agents)]
    start = thread_time_ns()
    run(env, traders, steps, SEED, show_progress=False)
    return (thread_time_ns() - start) / agents / steps


def pams(agents: int, steps: int) -> float:
    from pams.runners import SequentialRunner  # type: ignore[import-untyped]

    session = {
        "sessionName": 0,
        "iterationSteps": steps,
        "withOrderPlacement": True,
        "withOrderExecution": True,
        "withPrint": False,
        "maxNormalOrders": agents,
    }
    market = {"class": "Market", "tickSize": 0.00001, "marketPrice": 300.0}
    fcn_agents = {
        "class": "FCNAgent",
        "numAgents": agents,
        "markets": ["Market"],
        "assetVolume": 50,
        "cashAmount": 10_000,
        "fundamentalWeight": {"expon": [1.0]},
        "chartWeight": {"expon": [0.0]},
        "noiseWeight": {"expon": [1.0]},
        "meanReversionTime": {"uniform": [50, 100]},
        "noiseScale": 0.001,
        "timeWindowSize": [100, 200],
        "orderMargin": [0.0, 0.1],
    }
    runner = SequentialRunner(
        settings={
            "simulation": {"markets": ["Market"], "agents": ["FCN"], "sessions": [session]},
            "Market": market,
            "FCN": fcn_agents,
        },
        prng=random.Random(SEED),
    )
    runner._setup()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every price that is between two ticks
        start = thread_time_ns()
        runner._run()
        return (thread_time_ns() - start) / agents / steps


# ---- the bare loop --------------------------------------------------------------------------


def compiler_found() -> bool:
    """Say whether there is a C compiler."""
    return shutil.which(COMPILER[0]) is not None


@cache
def library() -> ctypes.CDLL:
    """Compile the loop with the optimisation that the core is compiled with."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-w1-"))
    target = folder / "w1.so"
    flags = ["-O3", "-std=gnu11", "-shared", "-fPIC"]
    source = Path(__file__).with_name("w1_loop.c")
    subprocess.run([*COMPILER, *flags, "-o", str(target), str(source)], check=True)
    loaded = ctypes.CDLL(str(target))
    shutil.rmtree(folder)
    loaded.w1_run.restype = ctypes.c_double
    loaded.w1_run.argtypes = [ctypes.c_int32, ctypes.c_int32, ctypes.c_uint64]
    return loaded


def bare_loop(agents: int, steps: int) -> float:
    taken = float(library().w1_run(agents, steps, SEED))
    assert taken > 0, "the loop lost or made money"
    return taken
