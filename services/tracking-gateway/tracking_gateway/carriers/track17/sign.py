"""17TRACK's signature: SHA-256 of the raw body, a slash and the key. It is not an HMAC."""

import hashlib

from tracking_gateway.carriers.digests import same


def push_signature(body: bytes, key: str) -> str:
    """The value of the header `sign`."""
    return hashlib.sha256(body + b"/" + key.encode()).hexdigest()


def push_is_genuine(body: bytes, signature: str, key: str) -> bool:
    """Whether a push carries the right signature."""
    return same(push_signature(body, key), signature)
