/* Reading a small Python int without a call: most arguments of an order are small. */
#ifndef TIDEGATE_INTEGERS_H
#define TIDEGATE_INTEGERS_H

#include <Python.h>
#include <stdint.h>

/* Is it an int of one digit (below 2**30 in size)? Then its value is in *out. */
static inline int integer_small(PyObject *value, int64_t *out) {
    if (!PyLong_Check(value)) return 0;
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)value)) return 0;
    *out = (int64_t)PyUnstable_Long_CompactValue((PyLongObject *)value);
    return 1;
#else
    {
        Py_ssize_t size = Py_SIZE(value);
        if (size < -1 || size > 1) return 0;
        *out = size == 0 ? 0 : (int64_t)size * (int64_t)((PyLongObject *)value)->ob_digit[0];
        return 1;
    }
#endif
}

#endif
