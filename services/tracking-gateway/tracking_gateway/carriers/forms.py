"""URL-encoded forms of providers' pushes, read strictly."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tracking_gateway.carriers.json_items import Malformed

_MAX_FIELDS = 50


def form_fields(body: bytes, *required: str) -> dict[str, str]:
    """The fields of a form; each required one must be there exactly once and not be empty."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("#", "must be a URL-encoded form in UTF-8") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields and name in required:
            raise Malformed(f"#/{name}", "must be given once")
        fields[name] = value
    for name in required:
        if not fields.get(name):
            raise Malformed(f"#/{name}", "is missing or empty")
    return fields


def form_schema(*required: str) -> Mapping[str, Any]:
    """The request body of a form, for the API document."""
    schema = {
        "type": "object",
        "required": list(required),
        "properties": {name: {"type": "string", "minLength": 1} for name in required},
    }
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def json_schema() -> Mapping[str, Any]:
    """The request body of a JSON push, for the API document."""
    return {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
