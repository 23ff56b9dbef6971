"""What people write as values: money, counts, percentages, dates, durations; found in text with their place."""

from bot.values.find import find_values
from bot.values.reading import read_count, read_day, read_duration, read_moment, read_money, read_percent
from bot.values.types import Bad, Count, Day, Duration, Moment, Money, Number, Percent, Value

__all__ = [
    "Bad",
    "Count",
    "Day",
    "Duration",
    "Moment",
    "Money",
    "Number",
    "Percent",
    "Value",
    "find_values",
    "read_count",
    "read_day",
    "read_duration",
    "read_moment",
    "read_money",
    "read_percent",
]
