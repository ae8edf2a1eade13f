"""Decisions about calls: pure functions on plain values."""
