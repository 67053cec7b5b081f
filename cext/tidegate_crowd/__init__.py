"""Kernels of column crowds: many accounts decided in one call, above the market core."""
