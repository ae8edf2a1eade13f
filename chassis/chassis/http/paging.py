"""Pages by key: a cursor names the last row seen, so pages neither skip nor repeat rows when others are added."""

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from chassis.http.problems import BadRequest, FieldError

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="rows a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """Part of a list."""

    items: list[T]
    next: str | None = Field(default=None, description="pass as `cursor` for the next page; absent on the last")


def encode_cursor(*key: Any) -> str:
    """An opaque cursor for the row with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key), default=str)).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The sort key of a cursor; 400 if it is not one of ours."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if not isinstance(key, list) or len(key) != length:
        raise _bad_cursor()
    return key


def _bad_cursor() -> BadRequest:
    return BadRequest(
        "The cursor is not one that a page of this list returned.",
        errors=[FieldError(pointer="query/cursor", detail="not a cursor of this list")],
    )
