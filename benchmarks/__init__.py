"""How fast, beside what: peers of the same model, timings side by side, and their table.

Imports `quotarisk` as a user would, and its kernel's random bits for the floor.
"""
