"""The data that a user gives: checked once, at one door, and read row by row."""
