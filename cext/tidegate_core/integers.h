/* Reading a Python int without a call: prices, lots and order ids have one digit or two. */
#ifndef TIDEGATE_INTEGERS_H
#define TIDEGATE_INTEGERS_H

#include <Python.h>
#include <stdint.h>

/* Is it an int below 2**60 in size (2**30 from Python 3.12 on)? Then its value is in *out.
 *
 * Young order ids have one digit, others two. Which it is comes from memory that was last used
 * when the order was submitted, so a jump on it would be guessed, wrongly every other time, and
 * all that follows would wait for that memory: the digits are put together without a jump.
 */
static inline int integer_short(PyObject *value, int64_t *out) {
    if (!PyLong_Check(value)) return 0;
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)value)) return 0;
    *out = (int64_t)PyUnstable_Long_CompactValue((PyLongObject *)value);
    return 1;
#else
    {
        const digit *digits = ((PyLongObject *)value)->ob_digit;
        int64_t size = (int64_t)Py_SIZE(value), negative = size >> 63;
        int64_t count = (size ^ negative) - negative, two = count >> 1;
        int64_t low, high;
        if (count > 2) return 0;
        low = (int64_t)digits[0] & -(int64_t)(count != 0);
        high = (int64_t)digits[two] & -two; /* two or not, this digit exists */
        *out = ((low | high << PyLong_SHIFT) ^ negative) - negative;
        return 1;
    }
#endif
}

#endif
