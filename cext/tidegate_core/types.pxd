# Fixed-width types, codes and records shared by the whole core. Nothing here needs NumPy headers.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

ctypedef int8_t i8
ctypedef int32_t i32
ctypedef int64_t i64
ctypedef uint8_t u8
ctypedef uint32_t u32
ctypedef uint64_t u64

# The codes below are mirrored, value for value, by the IntEnums of tidegate_core.codes.

cdef enum Side:
    BUY = 0
    SELL = 1


cdef inline i64 by_side(i32 side, i64 buy, i64 sell) noexcept nogil:
    """Choose without a jump: the side of an order is a coin toss to a branch predictor."""
    return buy ^ ((buy ^ sell) & -<i64> side)


cdef enum Kind:
    LIMIT = 0       # match what crosses, rest the remainder (good till cancelled)
    MARKET = 1      # match at any price, drop the remainder
    IOC = 2         # match within the limit, drop the remainder
    FOK = 3         # match all of it at once within the limit, or nothing
    POST_ONLY = 4   # rest, or be refused if it would take

cdef enum SelfTrade:
    STP_NONE = 0           # orders of one owner may trade with each other
    STP_EXPIRE_TAKER = 1   # the incoming remainder is dropped at the first own order met
    STP_EXPIRE_MAKER = 2   # own resting orders that would be met are cancelled
    STP_EXPIRE_BOTH = 3    # both

cdef enum Op:
    OP_SUBMIT = 0           # a new order
    OP_CANCEL = 1           # cancel order_id
    OP_REPLACE = 2          # change order_id; refused if it is not resting
    OP_CANCEL_SUBMIT = 3    # cancel order_id if it still rests, then submit in any case

cdef enum Reject:
    OK = 0
    REJECT_QUANTITY = 1        # zero, negative, or too large for exact cash
    REJECT_PRICE = 2           # not a valid price for this instrument
    REJECT_CODE = 3            # unknown side, kind, self-trade mode or op
    REJECT_UNKNOWN_ORDER = 4   # never issued, already gone, or a stale generation
    REJECT_WOULD_TAKE = 5      # a post-only order that crosses
    REJECT_NOT_FILLABLE = 6    # a fill-or-kill order that cannot be filled at once
    REJECT_FUNDS = 7           # its owner cannot pay for it
    REJECT_ACCOUNT = 8         # unknown account, or not the order's owner
    REJECT_HALTED = 9          # the venue does not accept orders now
    REJECT_INSTRUMENT = 10     # unknown instrument
    REJECT_OVERFLOW = 11       # a total would leave int64
    REJECT_MEMORY = 12         # out of memory or of order slots
    REJECT_SELF_TRADE = 13     # dropped whole by self-trade prevention
    REJECT_MARGIN = 14         # its account has too little available for its initial margin
    REJECT_LEVERAGE = 15       # the position's leverage is too high for its notional
    REJECT_REDUCE = 16         # reduce-only, with nothing that it could reduce
    REJECT_BAND = 17           # too far from the mark, or no mark yet to measure from

cdef enum EventKind:           # of the log of liquidations
    EVENT_RECOVERED = 0        # above maintenance again before its turn came
    EVENT_BOOK = 1             # an order sent into the book
    EVENT_TAKEOVER = 2         # lots taken over by the insurance fund
    EVENT_ADL = 3              # lots closed against a deleveraged counterparty
    EVENT_VAULT = 4            # lots handed to the backstop vault
    EVENT_SEIZE = 5            # collateral sold to the fund at its haircut value
    EVENT_SHORTFALL = 6        # what the account could not pay
    EVENT_SURPLUS = 7          # what the fund keeps of what was left
    EVENT_CLEARANCE = 8        # the fee on what was liquidated in the book

cdef struct Fill:          # 64 bytes: one cache line a trade
    i64 price              # ticks, the maker's
    i64 quantity           # lots
    i64 maker_order        # order id
    i64 taker_order        # order id (of an order that never rests too)
    i64 sequence           # running number of the fill in this book
    i32 maker              # owner id
    i32 taker              # owner id
    i32 taker_side         # Side of the taker
    i32 instrument         # index of the book in its engine, 0 when alone
    i64 time               # clock value set by the caller
