"""Decisions about customers, cases and procedures: pure functions, no I/O, the clock passed in."""
