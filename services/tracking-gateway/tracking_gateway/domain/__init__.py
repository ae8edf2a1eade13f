"""Decisions about numbers, events and states. Pure: no I/O, no clock but one passed in."""
