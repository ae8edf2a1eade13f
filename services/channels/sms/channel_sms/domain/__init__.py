"""Decisions of the SMS channel: pure functions, no I/O, no clock."""
