"""A venue that writes down every instruction it carries out, in order."""

cimport cython
from libc.string cimport memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport ClearingHouse, engine_id, find, instrument_of
from tidegate_core.engine cimport Engine
from tidegate_core.matching cimport FLAG_SELL
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.slab cimport Order, Slab, slab_id
from tidegate_core.types cimport (
    MARKET,
    OK,
    OP_CANCEL,
    OP_REPLACE,
    OP_SUBMIT,
    i32,
    i64,
)

import numpy as np

__all__ = ["INSTRUCTION_DTYPE", "RecordedEngine"]

INSTRUCTION_DTYPE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "op", "order", "given", "instrument", "owner", "side", "price", "quantity", "kind",
            "stp",
        )
    ]
)

cdef enum:
    FIRST_INSTRUCTIONS = 1024


cdef struct Instruction:
    i64 op                     # Op
    i64 order                  # id that it has from now on
    i64 given                  # id that it names, 0 for a new one
    i64 instrument
    i64 owner
    i64 side
    i64 price
    i64 quantity               # of a market order what it traded: funds may have cut it short
    i64 kind
    i64 stp


@cython.final
@cython.auto_pickle(False)
cdef class RecordedEngine(Engine):
    """An `Engine` that keeps a list of what it has carried out; refusals are not on it.

    Whoever submits, from Python or in a batch or from a crowd's kernel, is recorded. Copies are
    plain venues, which record nothing.
    """

    cdef Instruction* done
    cdef i64 n_done
    cdef i64 capacity
    cdef bint lost             # there was no memory for an instruction

    def __dealloc__(self):
        memory_free(self.done)

    cdef void _note(self, const Instruction* instruction) noexcept nogil:
        cdef i64 capacity = self.capacity * 2 if self.capacity else FIRST_INSTRUCTIONS
        cdef Instruction* larger
        if self.n_done == self.capacity:
            larger = <Instruction*> memory_zeroed(<size_t> capacity * sizeof(Instruction))
            if larger == NULL:
                self.lost = True
                return
            if self.n_done:
                memcpy(larger, self.done, <size_t> self.n_done * sizeof(Instruction))
            memory_free(self.done)
            self.done = larger
            self.capacity = capacity
        self.done[self.n_done] = instruction[0]
        self.n_done += 1

    cdef i64 c_submit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil:
        cdef i64 before = self.n_log, at
        cdef i64 order = ClearingHouse.c_submit(
            self, instrument, account, side, price, quantity, kind, stp)
        if order < 0:
            return order
        if kind == MARKET:
            quantity = 0
            for at in range(before, self.n_log):
                quantity += self.log[at].quantity
        cdef Instruction done = Instruction(
            OP_SUBMIT, order, 0, instrument, account, side, price, quantity, kind, stp)
        self._note(&done)
        return order

    cdef i64 c_cancel_submit(
        self, i64 order_id, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
        i32 kind, i32 stp
    ) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        if order != NULL:
            if order.owner != account:         # which is refused there, and counted
                return ClearingHouse.c_cancel_submit(
                    self, order_id, instrument, account, side, price, quantity, kind, stp)
            self.c_cancel(order_id)
        return self.c_submit(instrument, account, side, price, quantity, kind, stp)

    cdef i32 c_cancel(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        cdef Instruction done
        cdef i32 code
        if order != NULL:
            done = Instruction(
                OP_CANCEL, order_id, order_id, instrument_of(order_id), order.owner,
                order.tag & FLAG_SELL, order.price, order.quantity, 0, 0)
        code = ClearingHouse.c_cancel(self, order_id)
        if code == OK:
            self._note(&done)
        return code

    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil:
        cdef i32 owner = self.c_owner(order_id)
        cdef i64 order = ClearingHouse.c_replace(self, order_id, price, quantity)
        cdef Instruction done
        if order > 0:
            done = Instruction(
                OP_REPLACE, order, order_id, instrument_of(order_id), owner, 0, price, quantity,
                0, 0)
            self._note(&done)
        return order

    cdef i64 c_cancel_all(self, i32 instrument, i32 account) noexcept nogil:
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        cdef i64 cancelled = 0
        cdef i32 slot
        for slot in range(1, slab.used):
            if slab.at[slot].quantity > 0 and slab.at[slot].owner == account:
                self.c_cancel(engine_id(slab_id(slab, slot), instrument))
                cancelled += 1
        return cancelled

    def book(self, i64 instrument=0):
        """Copy the order book of an instrument."""
        self.c_idle()
        return self._books[self._instrument(instrument)].copy()

    def take_instructions(self):
        """Hand out what was carried out since the last call, an array of `INSTRUCTION_DTYPE`."""
        self.c_idle()
        if self.lost:
            raise MemoryError("no memory for the instructions of a venue: some are lost")
        cdef i64 size = self.n_done * <i64> sizeof(Instruction)
        data = bytearray((<const char*> self.done)[:size]) if size else bytearray()
        self.n_done = 0
        return np.frombuffer(data, INSTRUCTION_DTYPE)
