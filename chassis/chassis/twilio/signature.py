"""Twilio's webhook signatures: `X-Twilio-Signature` checked over the public URL and the unchanged body.

The signature is base64(HMAC(token, URL + each form field's name and values in name order)). It carries no time, so a
recorded request stays valid for ever: callers dedupe. Everything here decides on raw input and never raises for it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlparse, urlsplit

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, add_port, remove_port

SIGNATURE_HEADER = "X-Twilio-Signature"
BODY_HASH = "bodySHA256"
FORM = "application/x-www-form-urlencoded"

Fields = list[tuple[str, str]]

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_HASHES = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}


def public_url(base_url: str, prefix: str, scope: Mapping[str, Any]) -> str:
    """The URL the provider was given and signed: configured base and service prefix, then path and query as received.

    The Host header plays no part, and nothing is decoded or normalised: percent-encoding and query order are signed.
    `scope` is the ASGI scope; its path counts with or without the prefix, because a proxy may have taken it off.
    """
    raw_path: bytes = scope["raw_path"]
    path = raw_path.split(b"?", 1)[0].decode("latin-1")
    if not path.startswith(prefix.rstrip("/") + "/"):
        path = prefix.rstrip("/") + path
    query = scope.get("query_string", b"").decode("latin-1")
    return base_url.rstrip("/") + path + (f"?{query}" if query else "")


def form_fields(body: bytes, max_fields: int) -> Fields:
    """The form fields as signed: blank values and surrounding spaces kept, repeated names kept.

    Raises ValueError for more than `max_fields` fields or bytes that are not UTF-8. Reads what `urllib.parse.parse_qsl`
    reads, several times faster on Chinese texts, which are mostly escapes.
    """
    pairs = body.decode().replace("+", " ").split("&")
    if len(pairs) > max_fields:
        raise ValueError(f"more than {max_fields} fields")
    fields = []
    for pair in pairs:
        if pair:
            name, _, value = pair.partition("=")
            fields.append((_unescaped(name), _unescaped(value)))
    return fields


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(_character, text) if "%" in text else text


def _character(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode()


def signed_fields(
    tokens: Sequence[str],
    *,
    url: str,
    body: bytes,
    content_type: str | None,
    signature: str | None,
    max_fields: int,
    algorithm: str = HMAC_SHA1,
) -> Fields | None:
    """The form fields of a request that one of `tokens` signed; None if none did or anything is unreadable.

    The algorithm is the account's, pinned by configuration: the request's own
    `X-Twilio-Webhooks-Signature-Settings` header must not choose it. A body that is not a form counts only if the
    signed URL carries its SHA-256, and has no fields.
    """
    try:
        if not signature:
            return None
        fields = _signed_fields(url, body, content_type, max_fields)
        if fields is None:
            return None
        # Every token and port spelling is compared, whatever matched before: the time tells nothing.
        text = _signed_text(fields)
        given = signature.encode()
        matches = [
            hmac.compare_digest(_digest(token, candidate + text, algorithm), given)
            for token in tokens
            for candidate in _port_spellings(url)
        ]
        return fields if any(matches) else None
    except Exception:  # whatever the request did to the parser or the library, it is not signed
        return None


def verify(
    tokens: Sequence[str],
    *,
    url: str,
    body: bytes,
    content_type: str | None,
    signature: str | None,
    max_fields: int,
    algorithm: str = HMAC_SHA1,
) -> bool:
    """Whether one of `tokens` signed this request, by the rules of `signed_fields`."""
    fields = signed_fields(
        tokens,
        url=url,
        body=body,
        content_type=content_type,
        signature=signature,
        max_fields=max_fields,
        algorithm=algorithm,
    )
    return fields is not None


def sign(token: str, url: str, fields: Sequence[tuple[str, str]] = (), algorithm: str = HMAC_SHA1) -> str:
    """The signature Twilio would send with a form of `fields` to `url` (simulator and tests), by twilio's own code."""
    validator = RequestValidator(token)  # type: ignore[no-untyped-call]
    computed: str = validator.compute_signature(  # type: ignore[no-untyped-call]
        url, ImmutableMultiDict(fields), algorithm
    )
    return computed


def with_body_hash(url: str, body: bytes) -> str:
    """The URL Twilio signs for a body that is not a form: with the body's SHA-256 in the query."""
    separator = "&" if urlsplit(url).query else "?"
    return f"{url}{separator}{BODY_HASH}={hashlib.sha256(body).hexdigest()}"


def _signed_fields(url: str, body: bytes, content_type: str | None, max_fields: int) -> Fields | None:
    media_type = (content_type or "").split(";", 1)[0].strip().lower()
    if media_type == FORM or not body:
        return form_fields(body, max_fields)
    hashes = parse_qs(urlsplit(url).query, max_num_fields=max_fields).get(BODY_HASH, [])
    given = hashes[0] if len(hashes) == 1 else ""
    return [] if hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), given.encode()) else None


def _signed_text(fields: Fields) -> str:
    """What follows the URL in the signed text: each name with its distinct values, in order of both.

    twilio's own validator builds this once per spelling of the URL, which is most of a webhook's processor time.
    """
    return "".join(name + value for name, value in sorted(set(fields)))


def _digest(token: str, text: str, algorithm: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), _HASHES[algorithm]))


@lru_cache(maxsize=64)
def _port_spellings(url: str) -> tuple[str, ...]:
    """Twilio signs the URL sometimes with and sometimes without its port."""
    parsed = urlparse(url)
    spellings = (url, add_port(parsed), remove_port(parsed))  # type: ignore[no-untyped-call]
    return tuple(dict.fromkeys(spellings))
