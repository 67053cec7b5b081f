# Holders: the slow crowd whose reservation prices are the slope and the memory of supply.
from tidegate_core.engine cimport Engine
from tidegate_core.types cimport i32, i64, u8, u32, u64


cdef struct Posting:
    double consensus     # log USD
    double tick_size     # USD
    double touch         # offset of the nearest account of the other side
    i64 nearer           # lots posted on this side so far
    bint traded          # whether accounts of the crowd have met each other


cdef class HolderCrowd:
    # Accounts first .. first + n - 1 of one engine; account i is described by row i of the columns.
    cdef readonly i32 n
    cdef readonly i32 first
    cdef readonly i32 instrument
    cdef readonly u64 key            # of all its draws
    cdef readonly double reach       # offsets live in [-reach, reach], log price from consensus
    cdef readonly double width       # distance from the touch at which the book is full
    cdef readonly double renewal     # 1/day: attention that redraws an offset and ends dormancy
    cdef readonly double diffusion   # log price^2/day: own revaluations in calm
    cdef readonly double stride      # a revaluation over the distance from the other side
    cdef readonly double slope       # lots that change hands per log price
    cdef readonly double ticks_per_day
    cdef double span                 # log of the farthest over the nearest end of a price range
    cdef double dense                # lots an account trades per log price and lot of its wealth
    cdef readonly i64 total_wealth   # lots all accounts would hold if the price fell to nothing
    cdef readonly i64 total_coins    # lots they hold now

    # Columns, length n
    cdef double[::1] _offset         # reservation price as log distance from consensus
    cdef double[::1] _wake           # day of the next wake-up
    cdef u32[::1] _wakes             # wake-ups so far: the counter of the account's draws
    cdef i64[::1] _wealth            # lots it holds when fully invested
    cdef i64[::1] _coins             # lots it holds
    cdef i64[::1] _open              # lots it still wants to trade on its side
    cdef u8[::1] _side               # Side it quotes
    cdef u8[::1] _active             # 0: traded out, waits for its next renewal
    cdef double[::1] _pace           # 1/day: revaluations at which its wake-up was drawn
    cdef i32[::1] _next              # bucket queue
    cdef i32[::1] _prev
    cdef i32[::1] _wheel_next        # wake-up queue

    cdef i32[:, ::1] _head           # first account of each bucket, by side
    cdef i32[::1] _wheel             # first account of each wake-up slot
    cdef i32 _best[2]                # no active account is nearer than this bucket

    # What is in the book now, a row per order
    cdef i32[::1] _posted
    cdef i64[::1] _posted_id
    cdef i64[::1] _posted_lots
    cdef i32 _n_posted

    cdef int _demand(self, Engine engine) except -1

    cdef double c_clearing(self) noexcept nogil
    cdef void c_withdraw(self, Engine engine) noexcept nogil
    cdef void c_wake(self, i64 tick, double variance) noexcept nogil
    cdef void c_post(self, Engine engine, double consensus, i64 lots,
                     double tick_size) noexcept nogil
    cdef void c_post_side(self, Engine engine, Posting* p, i32 side, i64 lots) noexcept nogil
    cdef i64 c_post_account(self, Engine engine, Posting* p, i32 i, i64 lots) noexcept nogil
    cdef i64 c_enter(self, Engine engine, Posting* p, i32 i, double offset,
                     i64 quantity) noexcept nogil
    cdef i32 c_nearest(self, i32 side) noexcept nogil
    cdef double c_touch(self, i32 side) noexcept nogil
    cdef i64 c_affordable(self, Engine engine, i32 i, i64 price) noexcept nogil
    cdef void _retire(self, i32 i) noexcept nogil
    cdef void _settle(self, i32 i, i64 filled) noexcept nogil
    cdef void _link(self, i32 i) noexcept nogil
    cdef void _unlink(self, i32 i) noexcept nogil
    cdef void _enqueue(self, i32 i) noexcept nogil
    cdef void _awake(self, i32 i, double variance) noexcept nogil
    cdef double _wait(self, i32 i) noexcept nogil
    cdef double _revaluations(self, i32 i) noexcept nogil
    cdef void _thin(self, i32 i) noexcept nogil
    cdef double _steep(self, i32 i) noexcept nogil
    cdef i32 _bucket(self, i32 i) noexcept nogil
    cdef void _renew(self, i32 i, u64 counter) noexcept nogil
    cdef void _place(self, i32 i, i32 side, double u) noexcept nogil
