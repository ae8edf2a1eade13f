"""What customers were told without asking, and how far ahead of their questions that was."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.http.problems import problems
from tracking_gateway.api.models import SensibleInstant
from tracking_gateway.api.parcels import Waybill, number_of
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.store import notices as store

_MOST = 100

Reader = Annotated[Principal, Depends(require("tracking:read"))]

router = APIRouter(prefix="/v1", tags=["Notices"])


class NoticeView(BaseModel):
    """One notice. `state`: planned (due at `due_at`), requested, then sent, refused by the customer's wish, or
    unreachable; or moot (no longer so), capped (enough for a day), asked_first (the customer asked before we told)."""

    id: UUID
    rule: str
    rules_version: str
    case_id: UUID
    exception: ExceptionCode | None
    state: str = Field(pattern="^(planned|requested|sent|refused|unreachable|moot|capped|asked_first)$")
    reason: str | None
    channel: str | None
    planned_at: datetime
    due_at: datetime
    settled_at: datetime | None
    contact_at: datetime | None = Field(description="when the customer asked about the parcel afterwards")


class NoticeLead(BaseModel):
    """Problems of parcels that customers follow: of how many we told first. `share` is null without any."""

    notified: int
    asked_later: int = Field(description="of those, customers who asked afterwards all the same")
    asked_first: int
    share: float | None = Field(description="notified / (notified + asked_first)")
    median_lead_seconds: float | None = Field(description="from the notice to the customer's own question")


@router.get("/parcels/{waybill_no}/notices", responses=problems(400))
async def list_notices(db: DB, reader: Reader, waybill_no: Waybill) -> list[NoticeView]:
    """Notices about a parcel, the newest first."""
    async with db.read() as tx:
        rows = await store.of_number(tx, number_of(waybill_no), _MOST)
    return [NoticeView(**dict(row)) for row in rows]


@router.get("/notices/lead", responses=problems(400))
async def notice_lead(
    db: DB,
    reader: Reader,
    since: Annotated[SensibleInstant, Query(alias="from")],
    until: Annotated[SensibleInstant, Query(alias="to")],
) -> NoticeLead:
    """How often, and how far, we were ahead of customers' questions, over problems of that time."""
    async with db.read() as tx:
        row = await store.lead(tx, since, until)
    all_told = row["notified"] + row["asked_first"]
    return NoticeLead(
        notified=row["notified"],
        asked_later=row["asked_later"],
        asked_first=row["asked_first"],
        share=row["notified"] / all_told if all_told else None,
        median_lead_seconds=row["median_lead"],
    )
