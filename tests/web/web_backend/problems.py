"""RFC 9457 answers."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse


class Refusal(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, title: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": f"urn:posthouse:problem:{status}",
            "title": title,
            "detail": detail,
            "status": status,
            **members,
        }


async def answer(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body, refusal.status, media_type="application/problem+json")
