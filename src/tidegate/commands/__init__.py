"""The commands of `tidegate`, one a module: a frozen dataclass of options with `run`."""
