"""How offers, assignments and agents look to the desk: the same in answers and in stream entries."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from routing.domain.commands import WorkRequest
from routing.domain.values import Micros, Presence, instant


class WorkView(BaseModel):
    """What an agent sees of a work item."""

    work_item_id: UUID
    case_id: UUID
    case_no: str
    interaction_id: UUID | None
    channel: str
    queue: str
    language: str | None
    waybill_no: str | None
    customer_name: str | None
    preview: str | None
    callback: bool = Field(default=False, description="the customer is not on the line, but waits to be called back")
    enqueued_at: datetime


class OfferView(WorkView):
    """An open offer."""

    offer_id: UUID
    offered_at: datetime
    expires_at: datetime


class AssignmentView(WorkView):
    """An item in the agent's hands."""

    offer_id: UUID
    state: Literal["active", "wrap_up"]
    accepted_at: datetime
    wrap_up_until: datetime | None = Field(default=None, description="when wrap-up ends by itself")


class PresenceView(BaseModel):
    """An agent's presence."""

    agent_id: str
    name: str | None
    presence: Presence
    reason: str | None
    since: datetime


def work_fields(request: WorkRequest, queue: str) -> dict[str, Any]:
    """The fields of `WorkView`."""
    return {
        "work_item_id": request.id,
        "case_id": request.case_id,
        "case_no": request.case_no,
        "interaction_id": request.interaction_id,
        "channel": request.channel,
        "queue": queue,
        "language": request.language,
        "waybill_no": request.waybill_no,
        "customer_name": request.customer_name,
        "preview": request.preview,
        "callback": request.callback,
        "enqueued_at": instant(request.enqueued),
    }


def offer_view(request: WorkRequest, queue: str, offer_id: UUID, offered: Micros, expires: Micros) -> OfferView:
    """An offer as the engine decided it."""
    return OfferView(
        **work_fields(request, queue), offer_id=offer_id, offered_at=instant(offered), expires_at=instant(expires)
    )


def assignment_view(request: WorkRequest, queue: str, offer_id: UUID, accepted: Micros) -> AssignmentView:
    """An assignment as the engine decided it."""
    return AssignmentView(
        **work_fields(request, queue), offer_id=offer_id, state="active", accepted_at=instant(accepted)
    )
