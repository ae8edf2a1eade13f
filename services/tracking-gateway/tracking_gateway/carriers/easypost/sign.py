"""EasyPost's signature: HMAC-SHA256 over the raw body, keyed with the secret in Unicode form NFKD."""

import unicodedata

from tracking_gateway.carriers.digests import hmac_sha256, same

_PREFIX = "hmac-sha256-hex="


def webhook_signature(body: bytes, secret: str) -> str:
    """The value of the header `X-Hmac-Signature`."""
    return _PREFIX + hmac_sha256(unicodedata.normalize("NFKD", secret), body).hex()


def webhook_is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether a webhook carries the right signature."""
    return same(webhook_signature(body, secret), signature)
