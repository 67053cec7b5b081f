"""A package of experiments as a user would keep one."""
