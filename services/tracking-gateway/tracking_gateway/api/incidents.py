"""Incidents: parcels with one problem in one bag, vehicle, branch or hub."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, NotFound, problems
from contracts.parcels import ParcelStatus
from tracking_gateway.domain.incidents import Scope
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.store import incidents as store
from tracking_gateway.store.incidents import Incident

_MOST_PARCELS = 1000

Reader = Annotated[Principal, Depends(require("tracking:read"))]

router = APIRouter(prefix="/v1/incidents", tags=["Incidents"])


class IncidentView(BaseModel):
    """An incident. `node` is the branch or hub to ask; `parcels` is how many belong to it."""

    id: UUID
    scope: Scope
    place: str
    node: str | None
    exception: ExceptionCode
    severity: int = Field(ge=1, le=4, description="1 is the most severe")
    evidence: str
    parcels: int
    opened_at: datetime
    closed_at: datetime | None
    closed_because: str | None
    merged_into: UUID | None


class MemberView(BaseModel):
    """A parcel of an incident."""

    parcel_id: UUID
    waybill_no: str
    carrier: str
    status: ParcelStatus
    joined_at: datetime


class IncidentDetail(IncidentView):
    """An incident with its parcels, the first thousand."""

    members: Sequence[MemberView]


@router.get("", responses=problems(400))
async def list_incidents(
    db: DB,
    reader: Reader,
    cursor: Cursor = None,
    limit: Limit = 50,
    open_only: Annotated[bool, Query(alias="open", description="only those that are not over")] = True,
) -> Page[IncidentView]:
    """Incidents, the newest first."""
    before = _uuid(str(decode_cursor(cursor, 1)[0])) if cursor else None
    async with db.read() as tx:
        found = await store.page(tx, open_only=open_only, before=before, limit=limit + 1)
        counts = await store.counts(tx, [item.id for item in found])
    items = [_view(item, counts.get(item.id, 0)) for item in found[:limit]]
    return Page(items=items, next=encode_cursor(str(items[-1].id)) if len(found) > limit else None)


@router.get("/{incident_id}", responses=problems(404))
async def get_incident(db: DB, reader: Reader, incident_id: UUID) -> IncidentDetail:
    """One incident and its parcels."""
    async with db.read() as tx:
        found = await store.get(tx, incident_id)
        if found is None:
            raise NotFound("incident", incident_id)
        counts = await store.counts(tx, [incident_id])
        rows = await store.parcels_of(tx, incident_id, _MOST_PARCELS)
    view = _view(found, counts.get(incident_id, 0))
    return IncidentDetail(**view.model_dump(), members=[MemberView(**dict(row)) for row in rows])


def _view(incident: Incident, parcels: int) -> IncidentView:
    return IncidentView(
        id=incident.id,
        scope=Scope(incident.scope),
        place=incident.place,
        node=incident.node,
        exception=ExceptionCode(incident.exception),
        severity=incident.severity,
        evidence=incident.evidence,
        parcels=parcels,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        closed_because=incident.closed_because,
        merged_into=incident.merged_into,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
