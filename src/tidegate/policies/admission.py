"""What a market asks of policies before it takes them up: those it could not heed are refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tidegate.policies.base import Policy

__all__ = ["checked_policies"]

DAY_SECONDS = 86_400


def checked_policies(
    policies: Sequence[Policy], *, now: int, market: str, heeded: Collection[str]
) -> tuple[Policy, ...]:
    """Return the policies if a market can take them up at second ``now``.

    Parameters
    ----------
    policies
        Policies to check.
    now
        Second of the run.
    market
        Name of the market, for errors.
    heeded
        Groups of levers that it reads, ``("pension",)``.

    Raises
    ------
    TypeError
        If it is not a sequence of policies.
    ValueError
        If an announcement lies in the past, or a lever is one that the market does not read.
    """
    if isinstance(policies, Policy):
        raise TypeError(
            f"policies must be a sequence of Policy, got {policies.name!r} alone; put it in a list"
        )
    if isinstance(policies, str) or not isinstance(policies, Sequence):
        raise TypeError(f"policies must be a sequence of Policy, got {policies!r}")
    for policy in policies:
        if not isinstance(policy, Policy):
            raise TypeError(f"policies must be a sequence of Policy, got {policy!r}")
        if policy.announcement < now:
            raise ValueError(
                f"policy {policy.name!r}: announcement_day {policy.announcement_day:g} is "
                f"past, the run is at day {now / DAY_SECONDS:g}"
            )
        for lever in policy.settings():
            if lever.partition(".")[0] not in heeded:
                levers = ", ".join(f"{group}.*" for group in heeded)
                raise ValueError(
                    f"policy {policy.name!r} ({type(policy).__name__}): {market} does not heed "
                    f"{lever}; it heeds {levers}"
                )
    return tuple(policies)
