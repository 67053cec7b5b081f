"""Behaviours: who wants to trade, and why; one behaviour a module."""
