"""What is wrong with a knowledge folder, or soon will be: every finding with its file, its line and how to mend it."""

from bot.lint.check import lint
from bot.lint.finding import Finding, Severity, broken

__all__ = ["Finding", "Severity", "broken", "lint"]
