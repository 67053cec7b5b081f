"""The arena: slots, generations, growth."""

import copy
import pickle
import random

import pytest
from tidegate_core.slab import OrderSlab


def slot(order_id):
    return order_id & 0xFFFFFFFF


def test_ids_start_at_one_and_slots_are_reused_last_in_first_out():
    slab = OrderSlab()
    first, second, third = (slab.allocate(5) for _ in range(3))
    assert (first, second, third) == (1, 2, 3)
    slab.free(first)
    slab.free(third)
    assert [slot(slab.allocate(1)) for _ in range(3)] == [3, 1, 4]
    slab._check()


def test_a_stale_id_is_unknown():
    slab = OrderSlab()
    old = slab.allocate(5)
    slab.free(old)
    new = slab.allocate(7)
    assert slot(new) == slot(old)
    assert (slab.quantity(old), slab.quantity(new)) == (0, 7)
    with pytest.raises(ValueError, match=f"order_id must name a live order, got {old}"):
        slab.free(old)


@pytest.mark.parametrize("unknown", [0, -1, 2, 2**32 + 1, 2**63 - 1, -(2**63)])
def test_ids_never_issued_are_unknown(unknown):
    slab = OrderSlab()
    slab.allocate(5)
    assert slab.quantity(unknown) == 0


def test_no_id_is_issued_twice_even_when_generations_run_out():
    slab, issued = OrderSlab(generations=5), set()
    for _ in range(1_000):
        order = slab.allocate(1)
        assert order not in issued
        issued.add(order)
        slab.free(order)
        slab._check()
    assert len({slot(order) for order in issued}) == 200, "five tenants a slot"


def test_growth_keeps_every_order():
    slab, rng, held = OrderSlab(), random.Random(1), {}
    for step in range(1, 50_000):
        if held and rng.random() < 0.3:
            order = rng.choice(list(held)) if step % 100 == 0 else next(iter(held))
            slab.free(order)
            del held[order]
        held[slab.allocate(step)] = step
    slab._check()
    assert len(slab) == len(held) > 30_000
    assert all(slab.quantity(order) == quantity for order, quantity in held.items())
    assert slab.capacity >= len(held)


def test_the_limit_binds():
    slab = OrderSlab(limit=3)
    orders = [slab.allocate(1) for _ in range(3)]
    assert slab.allocate(1) == 0
    slab.free(orders[1])
    assert slot(slab.allocate(1)) == slot(orders[1])
    slab._check()


@pytest.mark.parametrize(
    "other", [OrderSlab.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_goes_on_alike(other):
    slab = OrderSlab()
    orders = [slab.allocate(9) for _ in range(2_000)]
    for order in orders[::3]:
        slab.free(order)
    twin = other(slab)
    twin._check()
    assert twin.snapshot() == slab.snapshot()
    assert [twin.allocate(1) for _ in range(900)] == [slab.allocate(1) for _ in range(900)]


def test_damaged_snapshots_are_refused():
    slab = OrderSlab()
    slab.allocate(3)
    data = slab.snapshot()
    for damaged in (b"", data[:-1], data[:-32], data.replace(b"OrderSlab", b"OrderSlob")):
        with pytest.raises(ValueError, match="snapshot"):
            slab.restore(damaged)
    assert slab.snapshot() == data


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 2**31}, {"generations": 0}])
def test_bad_options_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        OrderSlab(**options)
