"""Many runs of a world: arms, seeds, the store of their parts, claims and verdicts."""
