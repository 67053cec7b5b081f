"""A price-time order book in plain Python: the oracle of the compiled one, and its yardstick.

A level is a queue of orders; a cancelled order stays in it, with no lots, until it is first.
Prices of a side are a sorted list of keys whose last one is the touch (asks are negated).
"""

from bisect import bisect_left, insort
from collections import deque

LIMIT, MARKET, IOC, FOK, POST_ONLY = range(5)
NONE, EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH = range(4)
MAX_QUANTITY, MAX_TOTAL = 2**62, 2**63 - 1
QUANTITY, CODE, UNKNOWN, WOULD_TAKE, NOT_FILLABLE = -1, -3, -4, -5, -6
OVERFLOW, SELF_TRADE = -11, -13
SIGN = (1, -1)


class Order:
    __slots__ = ("key", "kind", "order_id", "owner", "quantity", "side", "stp")

    def __init__(self, order_id, owner, side, key, quantity, kind, stp):
        self.order_id = order_id
        self.owner = owner
        self.side = side
        self.key = key
        self.quantity = quantity
        self.kind = kind
        self.stp = stp


class Level:
    __slots__ = ("orders", "queue", "total")

    def __init__(self):
        self.queue = deque()
        self.orders = 0  # that still rest
        self.total = 0  # lots


class PlainBook:
    """What `tidegate_core.OrderBook` does; its ids are 1, 2, 3, ... in order of acceptance."""

    def __init__(self):
        self.orders = {}
        self.keys = ([], [])
        self.levels = ({}, {})
        self.trades = []  # (maker order, taker order, price, quantity, maker, taker)
        self.expired = []  # (order, price, quantity, taker order, owner, side)
        self.issued = 0

    def submit(self, side, price, quantity, owner=0, kind=LIMIT, stp=NONE):
        if not (0 <= side <= 1 and 0 <= kind <= 4 and 0 <= stp <= 3):
            return CODE
        if not 0 < quantity <= MAX_QUANTITY:
            return QUANTITY
        opposite = 1 - side
        keys = self.keys[opposite]
        worst = SIGN[opposite] * price  # of the keys it may trade with
        crosses = bool(keys) and (kind == MARKET or keys[-1] >= worst)
        left, stopped = quantity, False
        if crosses:
            if kind == POST_ONLY:
                return WOULD_TAKE
            if stp or kind == FOK:
                fillable, blocked = self._fillable(opposite, worst, quantity, owner, kind, stp)
                if kind == FOK and fillable < quantity:
                    return NOT_FILLABLE
                if stp == EXPIRE_TAKER and blocked and fillable == 0:
                    return SELF_TRADE
            order_id = self.issued + 1
            left, stopped = self._match(order_id, opposite, worst, quantity, owner, kind, stp)
        elif kind == FOK:
            return NOT_FILLABLE
        if left and not stopped and kind in (LIMIT, POST_ONLY):
            key = SIGN[side] * price
            level = self.levels[side].get(key)
            if level is not None and level.total + left > MAX_TOTAL:
                return OVERFLOW
            self.issued += 1
            self._rest(Order(self.issued, owner, side, key, left, kind, stp))
            return self.issued
        self.issued += 1
        return self.issued

    def _rest(self, order):
        side, key = order.side, order.key
        level = self.levels[side].get(key)
        if level is None:
            level = self.levels[side][key] = Level()
            insort(self.keys[side], key)
        level.queue.append(order)
        level.orders += 1
        level.total += order.quantity
        self.orders[order.order_id] = order

    def _fillable(self, side, worst, quantity, owner, kind, stp):
        """Lots that would trade, and whether an own order stops it before it is filled."""
        found = 0
        for key in reversed(self.keys[side]):
            if kind != MARKET and key < worst:
                break
            for maker in self.levels[side][key].queue:
                if stp and maker.quantity and maker.owner == owner:
                    if stp != EXPIRE_MAKER:
                        return found, True
                    continue
                found += maker.quantity
                if found >= quantity:
                    return quantity, False
        return found, False

    def _match(self, order_id, side, worst, quantity, owner, kind, stp):
        """Trade with a side; lots left, and whether self-trade prevention stopped it."""
        keys, levels, left = self.keys[side], self.levels[side], quantity
        while keys and left and (kind == MARKET or keys[-1] >= worst):
            level = levels[keys[-1]]
            price = SIGN[side] * keys[-1]
            queue = level.queue
            while left and level.orders:
                maker = queue[0]
                if not maker.quantity:
                    queue.popleft()
                elif stp and maker.owner == owner:
                    if stp != EXPIRE_TAKER:
                        gone = (maker.order_id, price, maker.quantity, order_id, owner, side)
                        self.expired.append(gone)
                        self.cancel(maker.order_id)
                    if stp != EXPIRE_MAKER:
                        return left, True
                else:
                    traded = min(left, maker.quantity)
                    left -= traded
                    self.trades.append(
                        (maker.order_id, order_id, price, traded, maker.owner, owner)
                    )
                    if traded < maker.quantity:
                        maker.quantity -= traded
                        level.total -= traded
                    else:
                        self.cancel(maker.order_id)
        return left, False

    def cancel(self, order_id):
        order = self.orders.pop(order_id, None)
        if order is None:
            return UNKNOWN
        level = self.levels[order.side][order.key]
        level.orders -= 1
        level.total -= order.quantity
        order.quantity = 0
        if not level.orders:
            del self.levels[order.side][order.key]
            keys = self.keys[order.side]
            del keys[bisect_left(keys, order.key)]
        return 0

    def replace(self, order_id, price, quantity):
        order = self.orders.get(order_id)
        if order is None:
            return UNKNOWN
        if not 0 < quantity <= MAX_QUANTITY:
            return QUANTITY
        level = self.levels[order.side][order.key]
        if order.key == SIGN[order.side] * price and quantity <= order.quantity:
            level.total -= order.quantity - quantity
            order.quantity = quantity
            return order_id
        # Tried out first with the order gone; put back in its place if that is refused.
        lots, queue = order.quantity, list(level.queue)
        self.cancel(order_id)
        new = self.submit(order.side, price, quantity, order.owner, order.kind, order.stp)
        if new < 0:
            order.quantity = lots
            self._rest(order)
            self.levels[order.side][order.key].queue = deque(queue)
        return new

    def best(self, side):
        return SIGN[side] * self.keys[side][-1] if self.keys[side] else None

    def queues(self):
        """List all queues from each touch: (side, price, [(order id, owner, quantity), ...])."""
        return [
            (
                side,
                SIGN[side] * key,
                [(o.order_id, o.owner, o.quantity) for o in queue if o.quantity],
            )
            for side in (0, 1)
            for key in reversed(self.keys[side])
            for queue in (self.levels[side][key].queue,)
        ]
