"""Decisions of the chat channels: pure functions, no I/O, no clock."""
