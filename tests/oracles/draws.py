"""Keyed draws and their transcendentals: the same operations in the same order, one at a time."""

import math
import struct

MASK = 0xFFFFFFFF


def philox(counter: list[int], key: list[int]) -> tuple[int, ...]:
    left0, right0, left1, right1 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(left0 * 0xD2511F53, 1 << 32)
        high1, low1 = divmod(left1 * 0xCD9E8D57, 1 << 32)
        left0, right0, left1, right1 = high1 ^ right0 ^ k0, low1, high0 ^ right1 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return left0, right0, left1, right1


def block(key: int, tick: int, round: int, index: int) -> tuple[int, ...]:
    counter = tick << 16 | round
    position = [index & MASK, index >> 32, counter & MASK, counter >> 32]
    return philox(position, [key & MASK, key >> 32])


def bits(key: int, tick: int, round: int, index: int) -> int:
    words = block(key, tick, round, index)
    return words[1] << 32 | words[0]


def uniform(key: int, tick: int, round: int, index: int) -> float:
    return math.ldexp(float(bits(key, tick, round, index) >> 11 | 1), -53)


LN2_HIGH, LN2_LOW = 0.6931471805592082, 7.371002565167799e-13


def exp(x: float) -> float:
    """Taylor series on the reduced argument; of finite arguments with finite results."""
    k = int(x * 1.4426950408889634 + (0.5 if x >= 0 else -0.5))
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    error = (high - r) - low
    tail = 0.0
    for n in range(13, 1, -1):
        tail = tail * r + 1.0 / math.factorial(n)
    return math.ldexp(1.0 + (r + (r * r * tail + error)), k)


def log(x: float) -> float:
    """Series of 2 atanh on the reduced argument; of positive finite numbers."""
    mantissa, k = math.frexp(x)
    mantissa, k = mantissa * 2.0, k - 1
    if mantissa > 1.4142135623730951:
        mantissa, k = mantissa * 0.5, k + 1
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = 0.0
    for n in range(21, 1, -2):
        series = series * z + 2.0 / n
    series *= z
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + series) + k * LN2_LOW)) - f)


def same(a: float, b: float) -> bool:
    """Bit for bit."""
    return struct.pack("<d", a) == struct.pack("<d", b)
