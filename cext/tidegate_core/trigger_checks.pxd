# What always holds of triggers (triggers.pxd), asserted by a full scan: a ladder's queues and its
# links; that every armed record is in one; that no clean account is due without being queued, or
# could become so at prices that cross none of its triggers.
from tidegate_core.triggers cimport TriggerHouse

cdef int check_triggers(TriggerHouse house) except -1
