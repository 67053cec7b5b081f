"""S14 to S16: what matching alone does with random order flow."""

CASES = ()
