"""Recorded order streams: read, replayed through the order book, checked, and written."""
