"""A compiled book and its oracle, told the same things and compared after each."""

from tidegate_core import OrderBook

from tests.oracles.book import PlainBook


class BookPair:
    """Speaks the oracle's order numbers; fails on the first difference."""

    def __init__(self, **options):
        self.book = OrderBook(**options)
        self.plain = PlainBook()
        self.ids = {}  # oracle's number -> id

    def id_of(self, number):
        return self.ids.get(number, 2**40 + number)

    def submit(self, side, price, quantity, owner=0, kind=0, stp=0):
        got = self.book.submit(side, price, quantity, owner, kind, stp)
        return self._agree(got, self.plain.submit(side, price, quantity, owner, kind, stp))

    def replace(self, number, price, quantity):
        got = self.book.replace(self.id_of(number), price, quantity)
        return self._agree(got, self.plain.replace(number, price, quantity))

    def cancel(self, number):
        got = self.book.cancel(self.id_of(number))
        want = self.plain.cancel(number)
        assert got == want
        return want

    def _agree(self, got, want):
        assert (got > 0) == (want > 0), (got, want)
        if want > 0:
            known = self.ids.setdefault(want, got)
            assert known == got, "an order that keeps its place keeps its id"
        else:
            assert got == want
        return want

    def compare_trades(self):
        """Compare what happened since the last comparison, trade by trade."""
        trades, expired = self.book.trades(), self.book.expirations()
        self.book.clear_trades()
        names = ["maker_order", "taker_order", "price", "quantity", "maker", "taker"]
        want = [(self.ids[m], self.ids[t], *rest) for m, t, *rest in self.plain.trades]
        assert list(zip(*(trades[name].tolist() for name in names), strict=True)) == want
        names = ["order", "price", "quantity", "taker_order", "owner", "side"]
        want = [(self.ids[o], p, q, self.ids[t], *rest) for o, p, q, t, *rest in self.plain.expired]
        assert list(zip(*(expired[name].tolist() for name in names), strict=True)) == want
        self.plain.trades.clear()
        self.plain.expired.clear()

    def compare_state(self):
        """Compare every queue of the whole book."""
        self.book._check()
        queues = self.plain.queues()
        assert len(self.book) == len(self.plain.orders)
        assert (self.book.best_bid, self.book.best_ask) == (self.plain.best(0), self.plain.best(1))
        for side in (0, 1):
            prices, quantities = self.book.depth(side, len(queues))
            want = [(price, queue) for where, price, queue in queues if where == side]
            assert prices.tolist() == [price for price, _ in want]
            assert quantities.tolist() == [sum(q for _, _, q in queue) for _, queue in want]
        for _, price, queue in queues:
            want = [(self.ids[number], owner, quantity) for number, owner, quantity in queue]
            assert self.book.queue(price) == want
