"""Fitted and reference values, as data with their sources."""
