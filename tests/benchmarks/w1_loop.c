/* The cancel-and-replace workload as a bare loop: what one core could do without a venue.
 *
 * Agents in a row of structs, a first-in-first-out queue for each of 101 prices and two sides,
 * a Fisher-Yates order of arrival drawn afresh each step, a xorshift generator. No accounts but
 * cash and position, no reservations, no log, no keyed draws, no ids, no checks.
 *
 * Built as a shared library; w1_run returns CPU nanoseconds an order, or -1 if cash or coins
 * have been made.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { LOW = 9950, LEVELS = 101, MAX_SIZE = 10, NONE = -1 };

typedef struct {
    int32_t before, behind, lots;
    int16_t level;
    int16_t side;
} Quote;

typedef struct {
    int64_t cash, position;
} Purse;

typedef struct {
    int32_t first, last;
} Queue;

static uint64_t state;

static uint64_t draw(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void take_out(Quote *quotes, Queue *queue, int32_t at) {
    int32_t before = quotes[at].before, behind = quotes[at].behind;
    if (before == NONE)
        queue->first = behind;
    else
        quotes[before].behind = behind;
    if (behind == NONE)
        queue->last = before;
    else
        quotes[behind].before = before;
    quotes[at].lots = 0;
}

static void put_in(Quote *quotes, Queue *queue, int32_t at) {
    quotes[at].behind = NONE;
    quotes[at].before = queue->last;
    if (queue->last == NONE)
        queue->first = at;
    else
        quotes[queue->last].behind = at;
    queue->last = at;
}

static void pay(Purse *buyer, Purse *seller, int32_t lots, int32_t level) {
    int64_t cash = (int64_t)lots * (LOW + level);
    buyer->position += lots;
    buyer->cash -= cash;
    seller->position -= lots;
    seller->cash += cash;
}

double w1_run(int32_t n, int32_t steps, uint64_t seed) {
    Quote *quotes = calloc(n, sizeof *quotes);
    Purse *purses = calloc(n, sizeof *purses);
    int32_t *order = malloc(n * sizeof *order);
    Queue queues[2][LEVELS];
    int32_t best[2] = {NONE, LEVELS}; /* highest bid, lowest ask: bounds, made exact when used */
    struct timespec start, end;
    int64_t cash = 0, position = 0;
    state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int32_t i = 0; i < n; i++) order[i] = i;
    for (int32_t i = 0; i < LEVELS; i++)
        queues[0][i] = queues[1][i] = (Queue){NONE, NONE};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    for (int32_t step = 0; step < steps; step++) {
        for (int32_t i = n - 1; i > 0; i--) {
            int32_t j = (int32_t)((draw() >> 32) * (uint64_t)(i + 1) >> 32), held = order[i];
            order[i] = order[j];
            order[j] = held;
        }
        for (int32_t turn = 0; turn < n; turn++) {
            int32_t me = order[turn], lots, level, side;
            uint64_t word = draw();
            if (quotes[me].lots) take_out(quotes, &queues[quotes[me].side][quotes[me].level], me);
            side = (int32_t)(word & 1);
            level = (int32_t)((word >> 1 & 0xFFFFFF) * LEVELS >> 24);
            lots = 1 + (int32_t)((word >> 32 & 0xFFFFFF) * MAX_SIZE >> 24);
            while (lots) {
                int32_t other, traded, maker, at;
                if (side == 0) {
                    while (best[1] < LEVELS && queues[1][best[1]].first == NONE) best[1]++;
                    if (best[1] > level) break;
                } else {
                    while (best[0] >= 0 && queues[0][best[0]].first == NONE) best[0]--;
                    if (best[0] < level) break;
                }
                other = 1 - side;
                at = best[other];
                maker = queues[other][at].first;
                traded = quotes[maker].lots < lots ? quotes[maker].lots : lots;
                pay(&purses[side ? maker : me], &purses[side ? me : maker], traded, at);
                quotes[maker].lots -= traded;
                lots -= traded;
                if (quotes[maker].lots == 0) take_out(quotes, &queues[other][at], maker);
            }
            if (lots) {
                quotes[me].lots = lots;
                quotes[me].level = (int16_t)level;
                quotes[me].side = (int16_t)side;
                put_in(quotes, &queues[side][level], me);
                if (side == 0 && level > best[0]) best[0] = level;
                if (side == 1 && level < best[1]) best[1] = level;
            }
        }
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    for (int32_t i = 0; i < n; i++) {
        cash += purses[i].cash;
        position += purses[i].position;
    }
    free(quotes);
    free(purses);
    free(order);
    if (cash || position) return -1.0;
    return ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / n / steps;
}
