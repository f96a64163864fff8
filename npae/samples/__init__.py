"""The data that a user gives: checked once, at one door, and read a few rows at a time."""

from .door import Schema, admit, match, prepare
from .samples import Samples

__all__ = ["Samples", "Schema", "admit", "match", "prepare"]
