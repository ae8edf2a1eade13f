"""Codes that no mapping knows yet, counted, with samples: the worklist of whoever keeps the tables."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from tracking_gateway.store.records import unmapped_codes


class UnmappedCodeView(BaseModel):
    """One unknown code of a source; with an empty code, texts without a code that say nothing we know."""

    source: str
    code: str
    count: int = Field(ge=1)
    sample_text: str
    sample_carrier: str
    sample_waybill_no: str
    first_seen_at: datetime
    last_seen_at: datetime


class UnmappedCodes(BaseModel):
    """The most frequent first."""

    items: list[UnmappedCodeView]


router = APIRouter(prefix="/v1", tags=["Mapping"])


@router.get("/unmapped-codes")
async def list_unmapped_codes(
    db: DB,
    reader: Annotated[Principal, Depends(require("tracking:read"))],
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> UnmappedCodes:
    """What sources sent that changed no status because nobody has said what it means."""
    async with db.read() as tx:
        rows = await unmapped_codes(tx, limit)
    return UnmappedCodes(items=[UnmappedCodeView(**dict(row)) for row in rows])
