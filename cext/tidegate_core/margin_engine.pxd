# A venue for perpetual contracts: a `MarginHouse`, which see, with a liquidation desk and a face
# for Python, whose reading half is `MarginViews`.
from tidegate_core.liquidation cimport LiquidationDesk
from tidegate_core.margin_views cimport MarginViews


cdef class MarginEngine(MarginViews):
    cdef LiquidationDesk desk

    cdef MarginEngine _fresh(self)
