"""Hypothesis strategies for what a market is told to do."""

from hypothesis import strategies as st

INT64 = (-(2**63), 2**63 - 1)
MAX_QUANTITY = 2**62

sides = st.integers(0, 1)
kinds = st.integers(0, 4)
self_trade_modes = st.integers(0, 3)
owners = st.integers(0, 3)

near_prices = st.integers(90, 110)
wide_prices = st.one_of(
    near_prices,
    st.integers(-3_000, 3_000),
    st.integers(*INT64),
    st.sampled_from([INT64[0], INT64[0] + 1, INT64[1] - 1, INT64[1]]),
)
small_quantities = st.integers(1, 20)
quantities = st.one_of(
    small_quantities, st.sampled_from([1, MAX_QUANTITY - 1, MAX_QUANTITY, 2**61])
)
bad_quantities = st.one_of(st.integers(INT64[0], 0), st.integers(MAX_QUANTITY + 1, INT64[1]))
