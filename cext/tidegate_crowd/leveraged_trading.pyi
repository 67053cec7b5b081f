from __future__ import annotations

from tidegate_crowd.leveraged_members import LeveragedMembers

__all__ = ["LeveragedTrading"]

class LeveragedTrading(LeveragedMembers): ...
