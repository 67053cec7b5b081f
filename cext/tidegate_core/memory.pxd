# Zeroed buffers on cache-line boundaries (huge pages when large) and the prefetch hint.
cdef extern from "memory.h" nogil:
    void* memory_zeroed(size_t size)          # NULL when there is no memory
    void memory_free(void* start)             # NULL is allowed
    void memory_prefetch(const void* address)  # a hint: any address is allowed
