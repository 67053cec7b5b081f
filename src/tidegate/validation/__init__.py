"""Acceptance tests of the science: the laws that markets obey, and whether the model does.

Each test has an id (S1 to S31), a class that says how it is accepted, and bands with a source. The
tests measure; `judging` alone decides. `tidegate validate` runs them and prints one table.
"""
