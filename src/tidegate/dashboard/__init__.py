"""The dashboard: a running market to look at, to step, and to fork (extra ``viz``)."""
