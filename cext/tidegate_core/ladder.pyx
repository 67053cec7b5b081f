"""Tick-indexed price levels: a dense window with a bitmap, and a B+ tree for the far prices.

The inline half, which the matching loop uses, is in ``ladder.pxd``; here are the levels
outside the window, the moving of the window, copies, checks, and a Python face.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcpy, memmove, memset

import struct

from tidegate_core import frames
from tidegate_core.memory cimport memory_free, memory_zeroed

__all__ = ["PriceLadder"]

cdef enum:
    MIN_WIDTH = 1 << 10
    MAX_WIDTH = 1 << 18        # 64 blocks: all that one top word can name
    MIN_PATIENCE = 16
    LEVELS_PER_PATIENCE = 4    # a move costs one step a level: then at most four an order,
    WIDTH_PER_PATIENCE = 128   # and the zeroing of 128 levels
    FIRST_FAR = 8

_LEVEL = struct.Struct("<qiiq")


# ---------------------------------------------------------------------------- far levels

# Nodes are split when full on the way down to a level that may be new, and freed when empty. A
# split takes sixteen insertions into a node, so a tree of height h has seen 16**h of them: it
# stays low whatever is removed.

cdef inline i32 _rank(const FarNode* node, i64 price) noexcept nogil:
    """Number of entries at or below a price; a search without branches to mispredict."""
    cdef i32 first = 0, count = node.entries, half
    while count > 1:
        half = count >> 1
        first += half & -<i32>(node.prices[first + half - 1] <= price)
        count -= half
    return first + (count & <i32>(node.prices[first] <= price))


cdef inline i32 _branch(const FarNode* node, i64 price) noexcept nogil:
    """Entry of the child in which a price belongs."""
    cdef i32 rank = _rank(node, price)
    return rank - (rank > 0)


cdef inline const FarNode* _leaf(const Ladder* ladder, i64 price) noexcept nogil:
    """Leaf in which a price belongs; there must be far levels."""
    cdef const FarNode* node = &ladder.far[ladder.far_root]
    while node.height != 0:
        node = &ladder.far[node.levels[_branch(node, price)].head]
    return node


cdef Level* far_find(const Ladder* ladder, i64 price) noexcept nogil:
    """Far level at a price, NULL if there is none."""
    cdef const FarNode* leaf
    cdef i32 rank
    if ladder.far_root == 0:
        return NULL
    leaf = _leaf(ladder, price)
    rank = _rank(leaf, price)
    if rank == 0 or leaf.prices[rank - 1] != price:
        return NULL
    return <Level*>&leaf.levels[rank - 1]


cdef bint _far_reserve(Ladder* ladder, i64 count) noexcept nogil:
    """Make room for `count` more far levels; false, and nothing changed, without memory."""
    cdef i64 height = ladder.far[ladder.far_root].height if ladder.far_root != 0 else 0
    cdef i64 live = ladder.far_nodes
    # Every level may split a node of each height, but no node splits twice in 16 insertions.
    cdef i64 needed = 1 + live + min(count * (height + 2), live + count // 8 + height + 2)
    cdef i64 capacity = max(<i64>FIRST_FAR, <i64>ladder.far_capacity)
    cdef FarNode* nodes
    if needed <= ladder.far_capacity:
        return True
    while capacity < needed:
        capacity *= 2
    if capacity > <i64>1 << 30:
        return False
    nodes = <FarNode*>memory_zeroed(<size_t>capacity * sizeof(FarNode))
    if nodes == NULL:
        return False
    if ladder.far != NULL:
        memcpy(nodes, ladder.far, <size_t>ladder.far_used * sizeof(FarNode))
        memory_free(ladder.far)
    ladder.far = nodes
    ladder.far_capacity = <i32>capacity
    return True


cdef i32 _far_take(Ladder* ladder, i32 height) noexcept nogil:
    """Take an empty node."""
    cdef i32 at = ladder.far_free
    if at != 0:
        ladder.far_free = ladder.far[at].next
    else:
        at = ladder.far_used
        ladder.far_used += 1
    ladder.far_nodes += 1
    ladder.far[at].entries = ladder.far[at].next = ladder.far[at].prev = 0
    ladder.far[at].height = height
    return at


cdef void _far_give(Ladder* ladder, i32 at) noexcept nogil:
    """Take a node back."""
    ladder.far[at].next = ladder.far_free
    ladder.far_free = at
    ladder.far_nodes -= 1


cdef inline Level* _insert(FarNode* node, i32 at, i64 price) noexcept nogil:
    """Open an entry, without a queue, in a node that is not full."""
    cdef size_t behind = <size_t>(node.entries - at)
    memmove(&node.prices[at + 1], &node.prices[at], behind * sizeof(i64))
    memmove(&node.levels[at + 1], &node.levels[at], behind * sizeof(Level))
    node.prices[at] = price
    memset(&node.levels[at], 0, sizeof(Level))
    node.entries += 1
    return &node.levels[at]


cdef inline void _remove(FarNode* node, i32 at) noexcept nogil:
    """Remove an entry."""
    cdef size_t behind = <size_t>(node.entries - at - 1)
    memmove(&node.prices[at], &node.prices[at + 1], behind * sizeof(i64))
    memmove(&node.levels[at], &node.levels[at + 1], behind * sizeof(Level))
    node.entries -= 1


cdef void _split(Ladder* ladder, i32 parent, i32 entry) noexcept nogil:
    """Move the upper half of a full child to a new one; the parent is not full."""
    cdef i32 left = ladder.far[parent].levels[entry].head
    cdef FarNode* lower = &ladder.far[left]
    cdef i32 right = _far_take(ladder, lower.height)
    cdef FarNode* upper = &ladder.far[right]
    lower.entries = upper.entries = FAR_FAN // 2
    memcpy(upper.prices, &lower.prices[FAR_FAN // 2], FAR_FAN // 2 * sizeof(i64))
    memcpy(upper.levels, &lower.levels[FAR_FAN // 2], FAR_FAN // 2 * sizeof(Level))
    _insert(&ladder.far[parent], entry + 1, upper.prices[0]).head = right
    if lower.height == 0:
        upper.next = lower.next
        upper.prev = left
        lower.next = right
        if upper.next != 0:
            ladder.far[upper.next].prev = right


cdef void _raise_root(Ladder* ladder) noexcept nogil:
    """Put a new root, with room, above one that is full."""
    cdef i32 root = ladder.far_root
    ladder.far_root = _far_take(ladder, ladder.far[root].height + 1)
    _insert(&ladder.far[ladder.far_root], 0, ladder.far[root].prices[0]).head = root
    _split(ladder, ladder.far_root, 0)


cdef Level* far_open(Ladder* ladder, i64 price) noexcept nogil:
    """Far level at a price, made if there is none; there must be room for it."""
    cdef FarNode* node
    cdef i32 at, entry, child
    if ladder.far_root == 0:
        ladder.far_root = _far_take(ladder, 0)
    elif ladder.far[ladder.far_root].entries == FAR_FAN:
        _raise_root(ladder)
    at = ladder.far_root
    node = &ladder.far[at]
    while node.height != 0:
        if price < node.prices[0]:
            node.prices[0] = price
        entry = _branch(node, price)
        child = node.levels[entry].head
        if ladder.far[child].entries == FAR_FAN:
            _split(ladder, at, entry)
            child = node.levels[_branch(node, price)].head
        at = child
        node = &ladder.far[at]
    entry = _rank(node, price)
    if entry > 0 and node.prices[entry - 1] == price:
        return &node.levels[entry - 1]
    ladder.levels += 1
    ladder.far_levels += 1
    return _insert(node, entry, price)


cdef void _prune(Ladder* ladder, i32 fork, i32 entry) noexcept nogil:
    """Free the emptied leaf and those above it up to a fork, from which they are cut (0: all)."""
    cdef i32 at = ladder.far[fork].levels[entry].head if fork != 0 else ladder.far_root
    while ladder.far[at].height != 0:
        _far_give(ladder, at)
        at = ladder.far[at].levels[0].head
    if ladder.far[at].prev != 0:
        ladder.far[ladder.far[at].prev].next = ladder.far[at].next
    if ladder.far[at].next != 0:
        ladder.far[ladder.far[at].next].prev = ladder.far[at].prev
    _far_give(ladder, at)
    if fork == 0:
        ladder.far_root = 0
        return
    _remove(&ladder.far[fork], entry)
    while ladder.far[ladder.far_root].height != 0 and ladder.far[ladder.far_root].entries == 1:
        at = ladder.far_root
        ladder.far_root = ladder.far[at].levels[0].head
        _far_give(ladder, at)


cdef void far_close(Ladder* ladder, i64 price) noexcept nogil:
    """Remove the far level at a price."""
    cdef i32 at = ladder.far_root, entry, fork = 0, fork_entry = 0
    cdef FarNode* node = &ladder.far[at]
    while node.height != 0:
        entry = _branch(node, price)
        if node.entries > 1:
            fork, fork_entry = at, entry
        at = node.levels[entry].head
        node = &ladder.far[at]
    _remove(node, _rank(node, price) - 1)
    ladder.levels -= 1
    ladder.far_levels -= 1
    if node.entries == 0:
        _prune(ladder, fork, fork_entry)


cdef bint _far_above(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Find the lowest far level above a price."""
    cdef const FarNode* leaf
    cdef i32 rank
    if ladder.far_root == 0:
        return False
    leaf = _leaf(ladder, price)
    rank = _rank(leaf, price)
    if rank == leaf.entries:
        if leaf.next == 0:
            return False
        leaf = &ladder.far[leaf.next]
        rank = 0
    out[0] = leaf.prices[rank]
    return True


cdef bint _far_below(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Find the highest far level below a price."""
    cdef const FarNode* leaf
    cdef i32 rank
    if ladder.far_root == 0:
        return False
    leaf = _leaf(ladder, price)
    rank = _rank(leaf, price)
    rank -= rank > 0 and leaf.prices[rank - 1] == price
    if rank == 0:
        if leaf.prev == 0:
            return False
        leaf = &ladder.far[leaf.prev]
        rank = leaf.entries
    out[0] = leaf.prices[rank - 1]
    return True


cdef bint ladder_above_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Do what `ladder_above` does where the window above the price is empty or out of sight."""
    cdef bint found = _far_above(ladder, price, out)
    cdef u64 block, word
    if ladder.top != 0 and price < ladder.base and not (found and out[0] < ladder.base):
        block = <u64>bits_lowest(ladder.top)
        word = block << 6 | <u64>bits_lowest(ladder.blocks[block])
        out[0] = ladder.base + <i64>(word << 6 | <u64>bits_lowest(ladder.words[word]))
        found = True
    return found


cdef bint ladder_below_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Do what `ladder_below` does where the window below the price is empty or out of sight."""
    cdef bint found = _far_below(ladder, price, out)
    cdef bint over = price > ladder.base and ladder_place(ladder, price) >= ladder.width
    cdef u64 block, word
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
    cdef bint found = far_find(ladder, price) != NULL or _far_above(ladder, price, &price)
    while found and ladder_place(ladder, price) < ladder.width:
        level = far_find(ladder, price)[0]
        far_close(ladder, price)
        ladder_open(ladder, price)[0] = level
        found = _far_above(ladder, price, &price)


cdef bint ladder_ready_far(Ladder* ladder, i64 price, i64 anchor) noexcept nogil:
    """Make sure that a level outside the window can be opened; perhaps move the window first."""
    cdef u64 distance = <u64>price - <u64>anchor if price > anchor else <u64>anchor - <u64>price
    if ladder.width == 0:
        ladder.patience = MIN_PATIENCE
        if _move(ladder, price, MIN_WIDTH):
            return True
    if distance < MAX_WIDTH >> 1:                    # else no window would have had it
        ladder.misses += 1
        if ladder.misses > ladder.patience:
            _reconsider(ladder, anchor, distance)
    return ladder_place(ladder, price) < ladder.width or _far_reserve(ladder, 1)


cdef void _reconsider(Ladder* ladder, i64 anchor, u64 distance) noexcept nogil:
    """Widen the window to a distance, or move it, if it has missed enough to pay for that."""
    cdef u64 width = max(ladder.width, <u64>MIN_WIDTH), place
    while distance >= width >> 1:
        width <<= 1
    if ladder.misses <= ladder.patience + <i64>((width - MIN_WIDTH) // WIDTH_PER_PATIENCE):
        return
    place = ladder_place(ladder, anchor)
    # An anchor in the middle half of a window of that width: the price is simply far.
    if width != ladder.width or place - (width >> 2) >= width >> 1:
        _move(ladder, anchor, width)
    ladder.misses = 0
    ladder.patience = MIN_PATIENCE + ladder.levels // LEVELS_PER_PATIENCE


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
        far = memory_zeroed(<size_t>source.far_capacity * sizeof(FarNode))
        if far == NULL:
            memory_free(window)
            return False
        memcpy(far, source.far, <size_t>source.far_used * sizeof(FarNode))
    to[0] = source[0]
    to.far = <FarNode*>far
    if window != NULL:
        _lay_window(to, window, source.base, source.width)
    return True


cdef i64 _check_far(
    const Ladder* ladder, i32 at, i32 height, object low, object high, list leaves
) except -1:
    """Assert the order and shape of a subtree whose prices are `low` to below `high`; its nodes."""
    cdef i64 nodes = 1
    assert 0 < at < ladder.far_used, "far link leaves the nodes"
    cdef const FarNode* node = &ladder.far[at]
    assert node.height == height, "far tree is lopsided"
    assert 1 <= node.entries <= FAR_FAN, "far node is empty or overfull"
    prices = [node.prices[i] for i in range(node.entries)]
    bounds = [*prices, high]
    assert all(a < b for a, b in zip(prices, prices[1:])), "far levels out of order"
    assert all(low <= price < high for price in prices), "a far level is astray"
    if height == 0:
        leaves.append(at)
        for i in range(node.entries):
            assert ladder_place(ladder, node.prices[i]) >= ladder.width, "far level in the window"
            assert node.levels[i].head != 0 and node.levels[i].tail != 0, "an empty far level"
        return 1
    for i in range(node.entries):
        nodes += _check_far(
            ladder, node.levels[i].head, height - 1, bounds[i], bounds[i + 1], leaves)
    return nodes


cdef int _check_tree(const Ladder* ladder) except -1:
    """Assert that the tree of far levels has all its nodes, leaves in a row, and free nodes."""
    cdef i64 nodes = 0, free = 0
    cdef i32 at
    leaves = []
    if ladder.far_root != 0:
        nodes = _check_far(
            ladder, ladder.far_root, ladder.far[ladder.far_root].height,
            <object>INT64_MIN, <object>INT64_MAX + 1, leaves)
    row = [0, *leaves, 0]
    for place in range(len(leaves)):
        at = leaves[place]
        assert ladder.far[at].prev == row[place], "far leaves out of order"
        assert ladder.far[at].next == row[place + 2], "far leaves out of order"
    assert sum([ladder.far[<i32>leaf].entries for leaf in leaves]) == ladder.far_levels, \
        "far levels miscounted"
    at = ladder.far_free
    while at != 0:
        free += 1
        assert free < ladder.far_used, "free far nodes have a cycle"
        at = ladder.far[at].next
    assert nodes == ladder.far_nodes, "far nodes miscounted"
    assert 1 + nodes + free == ladder.far_used, "a far node is lost"
    return 0


cdef int ladder_check(const Ladder* ladder) except -1:
    """Assert the ladder's invariants."""
    cdef u64 place, word, block, want
    cdef i64 dense = 0
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
    _check_tree(ladder)
    assert ladder.far_levels + dense == ladder.levels, "levels miscounted"
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
