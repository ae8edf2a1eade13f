"""Reading providers' JSON without trusting it: what is missing or of the wrong kind is said, not guessed."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import orjson

_NUL, _NUL_BYTES = "\\u0000", b"\\u0000"
"""What the parser lets through and PostgreSQL does not keep. Lone surrogates it refuses; huge numbers become floats."""


class Malformed(ValueError):
    """The payload does not have the documented form. `pointer` names the place, as a JSON pointer."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        self.detail = detail


def parse_object(text: str | bytes, pointer: str = "#") -> Mapping[str, Any]:
    """The JSON object in `text`; `Malformed` if it is not one."""
    try:
        data = orjson.loads(text)
        if _NUL in text if isinstance(text, str) else _NUL_BYTES in text:
            data = storable(data)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise Malformed(pointer, f"not JSON: {str(error)[:100]}") from error
    return as_object(data, pointer)


def storable(value: Any) -> Any:
    """The JSON value as PostgreSQL can keep it: no NUL, no lone surrogates, numbers of ordinary size."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def _text(value: str) -> str:
    if value.isascii():
        return value.replace("\x00", "")
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def as_object(value: Any, pointer: str) -> Mapping[str, Any]:
    """The value, which must be an object."""
    if not isinstance(value, dict):
        raise Malformed(pointer, "must be an object")
    return value


def as_list(value: Any, pointer: str) -> Sequence[Any]:
    """The value, which must be a list; missing counts as empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(pointer, "must be a list")
    return value


def text_of(data: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds something, as text. Numbers are written out; other kinds count as empty."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str):
            if stripped := value.strip():
                return stripped
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def required(data: Mapping[str, Any], name: str, pointer: str) -> str:
    """A text field that must hold something."""
    value = text_of(data, name)
    if not value:
        raise Malformed(f"{pointer}/{name}", "is missing or empty")
    return value


def dump(item: Any) -> str:
    """An item as JSON text, to be kept as it came."""
    return orjson.dumps(item).decode()
