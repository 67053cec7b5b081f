"""Tick-indexed price levels: a dense window with a bitmap, and a treap for the far prices.

The inline half, which the matching loop uses, is in ``ladder.pxd``; here are the levels
outside the window, the moving of the window, copies, checks, and a Python face.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcpy, memset

import struct

from tidegate_core import frames
from tidegate_core.memory cimport memory_free, memory_zeroed

__all__ = ["PriceLadder"]

cdef enum:
    MIN_WIDTH = 1 << 10
    MAX_WIDTH = 1 << 18        # 64 blocks: all that one top word can name
    MIN_PATIENCE = 16
    LEVELS_PER_PATIENCE = 4    # a move costs one step a level: then at most four an order
    FIRST_FAR = 64

_LEVEL = struct.Struct("<qiiq")


# ---------------------------------------------------------------------------- far levels

cdef inline u64 _rank(i64 price) noexcept nogil:
    """Treap priority of a price: splitmix64's finalizer, a bijection, so no ties."""
    cdef u64 x = <u64>price + <u64>0x9E3779B97F4A7C15
    x = (x ^ (x >> 30)) * <u64>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <u64>0x94D049BB133111EB
    return x ^ (x >> 31)


cdef Level* far_find(const Ladder* ladder, i64 price) noexcept nogil:
    """Far level at a price, NULL if there is none."""
    cdef i32 node = ladder.far_root
    while node != 0:
        if ladder.far[node].price == price:
            return &ladder.far[node].level
        node = ladder.far[node].right if ladder.far[node].price < price else ladder.far[node].left
    return NULL


cdef bint _far_reserve(Ladder* ladder, i64 count) noexcept nogil:
    """Make room for `count` more far levels; false, and nothing changed, without memory."""
    cdef i64 needed = ladder.far_levels + count + 1
    cdef i64 capacity = max(<i64>FIRST_FAR, <i64>ladder.far_capacity)
    cdef FarLevel* nodes
    if needed <= ladder.far_capacity:
        return True
    while capacity < needed:
        capacity *= 2
    if capacity > <i64>1 << 30:
        return False
    nodes = <FarLevel*>memory_zeroed(<size_t>capacity * sizeof(FarLevel))
    if nodes == NULL:
        return False
    if ladder.far != NULL:
        memcpy(nodes, ladder.far, <size_t>ladder.far_used * sizeof(FarLevel))
        memory_free(ladder.far)
    ladder.far = nodes
    ladder.far_capacity = <i32>capacity
    return True


cdef i32 _far_take(Ladder* ladder, i64 price) noexcept nogil:
    """Take a node for a new level."""
    cdef i32 node = ladder.far_free
    if node != 0:
        ladder.far_free = ladder.far[node].left
    else:
        node = ladder.far_used
        ladder.far_used += 1
    memset(&ladder.far[node], 0, sizeof(FarLevel))
    ladder.far[node].price = price
    return node


cdef Level* far_open(Ladder* ladder, i64 price) noexcept nogil:
    """Far level at a price, made if there is none; there must be room for it."""
    cdef FarLevel* far = ladder.far
    cdef Level* level = far_find(ladder, price)
    cdef i32* link = &ladder.far_root
    cdef i32* lower
    cdef i32* upper
    cdef i32 node, rest
    cdef u64 rank = _rank(price)
    if level != NULL:
        return level
    while link[0] != 0 and _rank(far[link[0]].price) > rank:
        link = &far[link[0]].right if far[link[0]].price < price else &far[link[0]].left
    rest = link[0]
    node = _far_take(ladder, price)
    link[0] = node
    # Split what was here into the prices below and above the new node.
    lower = &far[node].left
    upper = &far[node].right
    while rest != 0:
        if far[rest].price < price:
            lower[0] = rest
            lower = &far[rest].right
            rest = lower[0]
        else:
            upper[0] = rest
            upper = &far[rest].left
            rest = upper[0]
    lower[0] = 0
    upper[0] = 0
    ladder.levels += 1
    ladder.far_levels += 1
    return &far[node].level


cdef void far_close(Ladder* ladder, i64 price) noexcept nogil:
    """Remove the far level at a price."""
    cdef FarLevel* far = ladder.far
    cdef i32* link = &ladder.far_root
    cdef i32 node, left, right
    while far[link[0]].price != price:
        link = &far[link[0]].right if far[link[0]].price < price else &far[link[0]].left
    node = link[0]
    left = far[node].left
    right = far[node].right
    # Merge its two subtrees in its place.
    while left != 0 and right != 0:
        if _rank(far[left].price) > _rank(far[right].price):
            link[0] = left
            link = &far[left].right
            left = link[0]
        else:
            link[0] = right
            link = &far[right].left
            right = link[0]
    link[0] = left if left != 0 else right
    far[node].level.head = far[node].level.tail = 0
    far[node].left = ladder.far_free
    ladder.far_free = node
    ladder.levels -= 1
    ladder.far_levels -= 1


cdef bint ladder_above_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Do what `ladder_above` does where the window above the price is empty or out of sight."""
    cdef i32 node = ladder.far_root
    cdef bint found = False
    cdef u64 block, word
    while node != 0:
        if ladder.far[node].price > price:
            out[0] = ladder.far[node].price
            found = True
            node = ladder.far[node].left
        else:
            node = ladder.far[node].right
    if ladder.top != 0 and price < ladder.base and not (found and out[0] < ladder.base):
        block = <u64>bits_lowest(ladder.top)
        word = block << 6 | <u64>bits_lowest(ladder.blocks[block])
        out[0] = ladder.base + <i64>(word << 6 | <u64>bits_lowest(ladder.words[word]))
        found = True
    return found


cdef bint ladder_below_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Do what `ladder_below` does where the window below the price is empty or out of sight."""
    cdef i32 node = ladder.far_root
    cdef bint found = False
    cdef bint over = price > ladder.base and ladder_place(ladder, price) >= ladder.width
    cdef u64 block, word
    while node != 0:
        if ladder.far[node].price < price:
            out[0] = ladder.far[node].price
            found = True
            node = ladder.far[node].right
        else:
            node = ladder.far[node].left
    if ladder.top != 0 and over and not (found and out[0] > ladder.base):
        block = <u64>bits_highest(ladder.top)
        word = block << 6 | <u64>bits_highest(ladder.blocks[block])
        out[0] = ladder.base + <i64>(word << 6 | <u64>bits_highest(ladder.words[word]))
        found = True
    return found


# ------------------------------------------------------------------------------ the window

cdef inline size_t _window_bytes(u64 width) noexcept nogil:
    """Bytes of the levels of a window and their bitmap, which share one buffer."""
    return <size_t>(width * sizeof(Level) + (width >> 6) * 8 + ((width >> 12) + 1) * 8)


cdef void _lay_window(Ladder* ladder, void* buffer, i64 base, u64 width) noexcept nogil:
    """Point the window at a buffer."""
    ladder.dense = <Level*>buffer
    ladder.words = <u64*>(ladder.dense + width)
    ladder.blocks = ladder.words + (width >> 6)
    ladder.base = base
    ladder.width = width


cdef inline u64 _occupied_from(const Ladder* ladder, u64 place) noexcept nogil:
    """First occupied place of the window at or after one; `width` if there is none."""
    if place >= ladder.width or ladder.dense[place].head != 0:
        return place
    return ladder_scan_up(ladder, place)


cdef i64 _outside(const Ladder* ladder, i64 base, u64 width) noexcept nogil:
    """Count the window's levels that another window would not cover."""
    cdef i64 count = 0
    cdef u64 place = _occupied_from(ladder, 0)
    while place < ladder.width:
        count += <u64>ladder.base + place - <u64>base >= width
        place = _occupied_from(ladder, place + 1)
    return count


cdef bint _move(Ladder* ladder, i64 centre, u64 width) noexcept nogil:
    """Lay the window anew around a price; false, and nothing changed, without memory."""
    cdef Ladder old = ladder[0]
    cdef i64 base = INT64_MIN
    cdef u64 place
    cdef void* buffer
    if centre > INT64_MIN + <i64>(width >> 1):
        base = centre - <i64>(width >> 1)
    if base > INT64_MAX - <i64>width + 1:
        base = INT64_MAX - <i64>width + 1
    if not _far_reserve(ladder, _outside(ladder, base, width) + 1):
        return False
    old.far = ladder.far
    buffer = memory_zeroed(_window_bytes(width))
    if buffer == NULL:
        return False
    _lay_window(ladder, buffer, base, width)
    ladder.top = 0
    ladder.levels = ladder.far_levels
    place = _occupied_from(&old, 0)
    while place < old.width:
        ladder_open(ladder, <i64>(<u64>old.base + place))[0] = old.dense[place]
        place = _occupied_from(&old, place + 1)
    memory_free(old.dense)
    _bring_in(ladder)
    return True


cdef void _bring_in(Ladder* ladder) noexcept nogil:
    """Move the far levels that the window covers into it."""
    cdef i64 price = ladder.base
    cdef Level level
    cdef bint found = far_find(ladder, price) != NULL or _far_next(ladder, &price)
    while found and ladder_place(ladder, price) < ladder.width:
        level = far_find(ladder, price)[0]
        far_close(ladder, price)
        ladder_open(ladder, price)[0] = level
        found = _far_next(ladder, &price)


cdef bint _far_next(const Ladder* ladder, i64* price) noexcept nogil:
    """Move a price up to the next far level."""
    cdef i32 node = ladder.far_root
    cdef i64 start = price[0]
    cdef bint found = False
    while node != 0:
        if ladder.far[node].price > start:
            price[0] = ladder.far[node].price
            found = True
            node = ladder.far[node].left
        else:
            node = ladder.far[node].right
    return found


cdef bint ladder_ready_far(Ladder* ladder, i64 price, i64 anchor) noexcept nogil:
    """Make sure that a level outside the window can be opened; perhaps move the window first."""
    cdef u64 width = max(ladder.width, <u64>MIN_WIDTH), distance, place
    if ladder.width == 0:
        ladder.patience = MIN_PATIENCE
        if _move(ladder, price, width):
            return True
    ladder.misses += 1
    if ladder.misses > ladder.patience:
        distance = <u64>price - <u64>anchor if price > anchor else <u64>anchor - <u64>price
        if distance < MAX_WIDTH >> 1:
            while distance >= width >> 1:
                width <<= 1
        place = ladder_place(ladder, anchor)
        # An anchor in the middle half of a window of that width: the price is simply far.
        if width != ladder.width or place - (width >> 2) >= width >> 1:
            _move(ladder, anchor, width)
        ladder.misses = 0
        ladder.patience = MIN_PATIENCE + ladder.levels / LEVELS_PER_PATIENCE
    return ladder_place(ladder, price) < ladder.width or _far_reserve(ladder, 1)


# ------------------------------------------------------------------------------ life

cdef void ladder_start(Ladder* ladder) noexcept nogil:
    """Make an empty ladder, which owns no memory yet."""
    memset(ladder, 0, sizeof(Ladder))
    ladder.far_used = 1


cdef void ladder_stop(Ladder* ladder) noexcept nogil:
    """Free the memory."""
    memory_free(ladder.dense)
    memory_free(ladder.far)
    ladder_start(ladder)


cdef bint ladder_copy(Ladder* to, const Ladder* source) noexcept nogil:
    """Make `to`, whose memory the caller has freed, an equal ladder; false without memory."""
    cdef void* window = NULL
    cdef void* far = NULL
    ladder_start(to)
    if source.width != 0:
        window = memory_zeroed(_window_bytes(source.width))
        if window == NULL:
            return False
        memcpy(window, source.dense, _window_bytes(source.width))
    if source.far_capacity != 0:
        far = memory_zeroed(<size_t>source.far_capacity * sizeof(FarLevel))
        if far == NULL:
            memory_free(window)
            return False
        memcpy(far, source.far, <size_t>source.far_used * sizeof(FarLevel))
    to[0] = source[0]
    to.far = <FarLevel*>far
    if window != NULL:
        _lay_window(to, window, source.base, source.width)
    return True


cdef i64 _check_far(const Ladder* ladder, i32 node, object low, object high) except -1:
    """Assert order and heap shape of a subtree; its size."""
    cdef FarLevel at
    if node == 0:
        return 0
    at = ladder.far[node]
    assert 0 < node < ladder.far_used, "far link leaves the nodes"
    assert low < at.price < high, "far levels out of order"
    assert ladder_place(ladder, at.price) >= ladder.width, "a far level lies in the window"
    assert at.level.head != 0 and at.level.tail != 0, "an empty far level"
    for child in (at.left, at.right):
        if child:
            assert _rank(ladder.far[<i32>child].price) < _rank(at.price), "far heap broken"
    return (
        1
        + _check_far(ladder, at.left, low, at.price)
        + _check_far(ladder, at.right, at.price, high)
    )


cdef int ladder_check(const Ladder* ladder) except -1:
    """Assert the ladder's invariants."""
    cdef u64 place, word, block, want
    cdef i64 dense = 0, far, free = 0
    cdef i32 node
    assert ladder.width == 0 or MIN_WIDTH <= ladder.width <= MAX_WIDTH, "window width"
    assert ladder.width & (ladder.width - 1) == 0, "window width is no power of two"
    for place in range(ladder.width):
        word = ladder.words[place >> 6] >> (place & 63) & 1
        assert word == (ladder.dense[place].head != 0), "bitmap differs from the levels"
        assert word == (ladder.dense[place].tail != 0), "a level has only one end"
        assert word or ladder.dense[place].total == 0, "an empty level has a total"
        dense += word
    for word in range(ladder.width >> 6):
        block = ladder.blocks[word >> 6] >> (word & 63) & 1
        assert block == (ladder.words[word] != 0), "bitmap's blocks differ from its words"
    want = 0
    for block in range((ladder.width + 4095) >> 12):
        want |= <u64>(ladder.blocks[block] != 0) << block
    assert want == ladder.top, "bitmap's top differs from its blocks"
    far = _check_far(ladder, ladder.far_root, <object>INT64_MIN - 1, <object>INT64_MAX + 1)
    assert far == ladder.far_levels, "far levels miscounted"
    assert far + dense == ladder.levels, "levels miscounted"
    node = ladder.far_free
    while node != 0:
        free += 1
        assert free < ladder.far_used, "free far nodes have a cycle"
        node = ladder.far[node].left
    assert 1 + far + free == ladder.far_used, "a far node is lost"
    return 0


cdef class PriceLadder:
    """The ladder by itself; each level's queue is a single index."""

    def __cinit__(self):
        ladder_start(&self.ladder)

    def __dealloc__(self):
        ladder_stop(&self.ladder)

    def __len__(self):
        return self.ladder.levels

    @property
    def window(self):
        """Prices of the dense window, as a range."""
        return range(self.ladder.base, self.ladder.base + <object>self.ladder.width)

    @property
    def far(self):
        """Number of levels outside the window."""
        return self.ladder.far_levels

    def put(self, i64 price, i32 head, i64 total, anchor=None):
        """Set the queue of a level, made if there is none."""
        cdef Level* level
        if head < 1 or total < 1:
            raise ValueError(f"head and total must be at least 1, got {head} and {total}")
        if not ladder_ready(&self.ladder, price, price if anchor is None else anchor):
            raise MemoryError("no memory for a level")
        level = ladder_open(&self.ladder, price)
        level.head = level.tail = head
        level.total = total

    def get(self, i64 price):
        """Head and total of a level, None if there is none."""
        cdef const Level* level = ladder_find(&self.ladder, price)
        if level == NULL or level.head == 0:
            return None
        return level.head, level.total

    def drop(self, i64 price):
        """Remove a level."""
        if self.get(price) is None:
            raise ValueError(f"price must be that of a level, got {price}")
        ladder_close(&self.ladder, price)

    def above(self, i64 price):
        """Lowest level above a price, None if there is none."""
        cdef i64 found
        return found if ladder_above(&self.ladder, price, &found) else None

    def below(self, i64 price):
        """Highest level below a price, None if there is none."""
        cdef i64 found
        return found if ladder_below(&self.ladder, price, &found) else None

    def prices(self):
        """Prices of all levels, ascending."""
        cdef i64 price = INT64_MIN
        found = [] if self.get(price) is None else [price]
        while ladder_above(&self.ladder, price, &price):
            found.append(price)
        return found

    def copy(self):
        """An equal, independent ladder."""
        cdef PriceLadder other = PriceLadder()
        if not ladder_copy(&other.ladder, &self.ladder):
            raise MemoryError("no memory for a copy of a ladder")
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """All levels in the order of their prices, as ``bytes``; not where the window lies."""
        rows = []
        for price in self.prices():
            head, total = self.get(price)
            rows.append(_LEVEL.pack(price, head, head, total))
        return frames.pack("PriceLadder", [b"".join(rows)])

    def restore(self, data):
        """Become what `snapshot` saved."""
        cdef PriceLadder other = PriceLadder()
        (rows,) = frames.unpack("PriceLadder", data, 1)
        if len(rows) % _LEVEL.size:
            raise ValueError("data is a damaged snapshot of a ladder")
        for price, head, _, total in _LEVEL.iter_unpack(rows):
            other.put(price, head, total)
        self.ladder, other.ladder = other.ladder, self.ladder

    def __reduce__(self):
        return _restored, (self.snapshot(),)

    def _check(self):
        """Assert every invariant."""
        ladder_check(&self.ladder)


def _restored(data):
    ladder = PriceLadder()
    ladder.restore(data)
    return ladder
