"""Kdniao's DataSign: base64 over the hexadecimal text (not the bytes) of MD5(RequestData + AppKey)."""

import base64
import hashlib
from urllib.parse import quote

from tracking_gateway.carriers.digests import same


def data_sign(request_data: str, app_key: str) -> str:
    """The signature of a request or a push, not URL-encoded."""
    text = (request_data + app_key).encode("utf-8", "surrogatepass")
    digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def push_is_genuine(request_data: str, signature: str, app_key: str) -> bool:
    """Whether a push is signed; the provider sends it plain, URL-encoded once more, or without its padding."""
    expected = data_sign(request_data, app_key)
    forms = (expected, quote(expected, safe=""), expected.rstrip("="))
    return any([same(form, signature) for form in forms])  # noqa: C419 - all are compared, so that time tells nothing
