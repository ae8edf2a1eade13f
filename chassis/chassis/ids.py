"""Identifiers: time-ordered random ones for what we create, derived ones for what providers deliver."""

import os
import time
from uuid import UUID, uuid5

_NAMESPACE = UUID("6e2f6f3a-6d55-5b0e-9a6e-0d5f5f0a7c11")


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then randomness. Sorts by creation time."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def derived_id(*parts: str) -> UUID:
    """The same UUID for the same parts, always: a redelivered provider message gets the id it got before."""
    return uuid5(_NAMESPACE, "\x1f".join(parts))
