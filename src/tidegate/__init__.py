"""tidegate: an agent-based model of the crypto market for judging a policy before it happens."""

__version__ = "0.1.0"
