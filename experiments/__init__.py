"""Policy questions, each a module with an ``EXPERIMENT``: ``python -m experiments.NAME``."""
