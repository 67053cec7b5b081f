/* The least memory work of a price-time book on a stream of messages: a lower bound, no matcher.
 *
 * An add writes a slot and touches the tail of its level and the id index; a cancel reads the
 * id index and touches the order, its two neighbours and its level; a market order looks at the
 * touch. Slots are recycled last in, first out, beforehand. No checks, no trades, no bitmap.
 *
 * Built as a shared library; floor_run returns CPU nanoseconds a message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { ADD, CANCEL, MARKET };

typedef struct {
    uint8_t type, side;
    uint16_t unused;
    int32_t owner, price, quantity;
    int64_t id; /* running number of the add that the message is, or cancels */
} Message;

typedef struct {
    uint32_t before, behind;
    int32_t price, quantity, owner, side;
    int64_t id;
} Slot;

typedef struct {
    uint32_t first, last;
    int64_t lots;
} Level;

typedef struct {
    Slot *slots;
    uint32_t *slot_of; /* by id */
    Level *levels;     /* by price, both sides side by side */
    int64_t low;
} Board;

static volatile int64_t seen; /* so that looking at the touch is not optimised away */

static inline Level *level_of(const Board *board, int side, int64_t price) {
    return &board->levels[(price - board->low) * 2 + side];
}

static void play(const Board *board, const Message *from, const Message *end, int64_t touch) {
    Slot *slots = board->slots;
    for (const Message *m = from; m < end; m++) {
        if (m->type == ADD) {
            uint32_t at = board->slot_of[m->id];
            Level *level = level_of(board, m->side, m->price);
            Slot fresh = {level->last, 0, m->price, m->quantity, m->owner, m->side, m->id};
            slots[at] = fresh;
            slots[level->last].behind = at;
            level->last = at;
            level->lots += m->quantity;
        } else if (m->type == CANCEL) {
            uint32_t at = board->slot_of[m->id];
            const Slot gone = slots[at];
            Level *level = level_of(board, gone.side, gone.price);
            slots[gone.before].behind = gone.behind;
            slots[gone.behind].before = gone.before;
            level->lots -= gone.quantity;
            if (level->last == at) level->last = gone.before;
        } else {
            seen = level_of(board, m->side, touch)->lots;
        }
    }
}

static int64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Put the ids on slots as a pool with a free list would. */
static void place_ids(const Message *messages, int64_t n, uint32_t *slot_of, uint32_t *spare) {
    uint32_t n_spare = 0, next = 1;
    for (int64_t i = 0; i < n; i++) {
        const Message *m = &messages[i];
        if (m->type == ADD)
            slot_of[m->id] = n_spare ? spare[--n_spare] : next++;
        else if (m->type == CANCEL)
            spare[n_spare++] = slot_of[m->id];
    }
}

/* Best CPU nanoseconds a message over some rounds; a negative number without memory. */
double floor_run(
    const Message *messages, int64_t preload, int64_t n, int64_t low, int64_t high, int rounds
) {
    double best = -1.0;
    Board board = {calloc(n + 2, sizeof(Slot)), calloc(n + 2, sizeof(uint32_t)),
                   calloc(2 * (high - low + 1), sizeof(Level)), low};
    uint32_t *spare = calloc(n + 2, sizeof(uint32_t));
    if (board.slots && board.slot_of && board.levels && spare) {
        place_ids(messages, n, board.slot_of, spare);
        for (int round = 0; round < rounds; round++) {
            play(&board, messages, messages + preload, (low + high) / 2);
            int64_t start = cpu_ns();
            play(&board, messages + preload, messages + n, (low + high) / 2);
            double each = (double)(cpu_ns() - start) / (double)(n - preload);
            if (best < 0 || each < best) best = each;
        }
    }
    free(spare);
    free(board.slots);
    free(board.slot_of);
    free(board.levels);
    return best;
}
