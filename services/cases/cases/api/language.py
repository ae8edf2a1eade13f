"""The language a caller asks for."""

from typing import Annotated

from fastapi import Depends, Header

from contracts.values import Language


async def _spoken(
    accept_language: Annotated[str | None, Header(max_length=200, description="`zh-CN` or `en`")] = None,
) -> Language:
    first = (accept_language or "").split(",")[0].split(";")[0].strip().lower()
    return Language.EN if first.startswith("en") else Language.ZH_CN


Spoken = Annotated[Language, Depends(_spoken)]
"""Parameter type: English if the caller prefers it, else Chinese."""
