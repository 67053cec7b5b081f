"""Policies and shocks: data that sets levers on a date; one policy a module."""

from tidegate.policies.base import Agenda, LeverPolicy, Policy
from tidegate.policies.pension_access import PensionAccess, PensionPause

__all__ = ["Agenda", "LeverPolicy", "PensionAccess", "PensionPause", "Policy"]
