"""The rule calculators: each module is one rule, found by its name and @calculator; pure functions of slots, facts and now."""

from bot.calculators.base import (
    Calculator,
    Choice,
    Facts,
    Filled,
    Outcome,
    Plain,
    Problem,
    Slot,
    SlotKind,
    SlotValue,
    calculator,
    calculators,
    find_calculator,
    plain,
)

__all__ = [
    "Calculator",
    "Choice",
    "Facts",
    "Filled",
    "Outcome",
    "Plain",
    "Problem",
    "Slot",
    "SlotKind",
    "SlotValue",
    "calculator",
    "calculators",
    "find_calculator",
    "plain",
]
