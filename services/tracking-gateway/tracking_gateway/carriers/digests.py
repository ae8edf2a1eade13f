"""Comparing signatures and secrets without telling by time where they differ."""

import hashlib
import hmac


def same(expected: str, given: str) -> bool:
    """Whether two texts are equal, byte for byte."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def hmac_sha256(secret: str, body: bytes) -> bytes:
    """HMAC-SHA256 of a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()
