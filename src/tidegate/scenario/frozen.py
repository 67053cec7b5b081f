"""Frozen scenario data: every field carries its unit and the source of its default."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Frozen", "quantity"]


class Frozen(BaseModel):
    """Base of all scenario data: immutable, unknown fields refused, shared by forks."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the object itself: what cannot change needs no copy."""
        return self


def quantity(default: Any, *, unit: str, source: str, about: str, **bounds: Any) -> Any:
    """Declare a scenario field with its unit and the source of its default.

    Parameters
    ----------
    default
        The value used when the scenario does not name one; ``...`` makes the field required.
    unit
        Unit of the value, ``"1"`` for pure numbers.
    source
        Where the default comes from: a paper, a venue's manual, an agency, or ``"assumption"``
        with the reason.
    about
        What the field means, one sentence.
    **bounds
        Pydantic's own constraints (``ge``, ``gt``, ``le``, ``lt``, ``min_length`` ...).
    """
    return Field(
        default,
        description=about,
        json_schema_extra={"unit": unit, "source": source},
        **bounds,
    )
