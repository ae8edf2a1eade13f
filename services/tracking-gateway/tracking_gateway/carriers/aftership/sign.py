"""AfterShip's signature: base64 of HMAC-SHA256 over the raw body, in the header `aftership-hmac-sha256`."""

import base64

from tracking_gateway.carriers.digests import hmac_sha256, same


def webhook_signature(body: bytes, secret: str) -> str:
    """The value of the header."""
    return base64.b64encode(hmac_sha256(secret, body)).decode()


def webhook_is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether a webhook carries the right signature."""
    return same(webhook_signature(body, secret), signature)
