"""Bodies and answers of the case API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.views import CaseSummary, EntryView, LabelView
from contracts.values import Channel, Language, WaybillNo

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Fields = Annotated[dict[FieldName, Any], Field(max_length=60)]


FileIds = Annotated[list[UUID], Field(max_length=10)]


class Body(BaseModel):
    """Base of request bodies: a name that is not known is an error of the caller."""

    model_config = ConfigDict(extra="forbid")


class SendMessage(Body):
    """A reply to the customer."""

    text: Text = Field(examples=["您的快件今天 18:00 前派送。"])
    interaction_id: UUID | None = Field(default=None, description="unset: the one the customer wrote on last")
    subject: str | None = Field(default=None, max_length=200, description="mail only; unset: the thread's subject")
    attachment_ids: FileIds = Field(default=[], description="files of the case that go with it; mail only")


class CompleteStep(Body):
    """Fields of the present step, and the way on."""

    step: FieldName | None = Field(default=None, description="unset: the present step; another one is out of order")
    fields: Fields = Field(default={}, examples=[{"customer_name": "王芳", "waybill_no": "SF1234567890123"}])
    outcome: FieldName | None = Field(default=None, description="which way on, where the step has several")
    complete: bool = Field(default=True, description="false: only store the fields")
    deviation_reason: Reason | None = Field(
        default=None, description="why the step is done out of order or without a mandatory field; kept and shown"
    )


class CloseCase(Body):
    """The end of a case."""

    resolution: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        examples=["answered"]
    )
    fields: Fields = Field(default={}, description="fields that the procedure still wants")
    deviation_reason: Reason | None = Field(
        default=None, description="why steps or closing fields are left out; without it that is refused"
    )
    seen_seq: int | None = Field(
        default=None, ge=0, description="the newest entry you saw; a newer message of the customer refuses the close"
    )


class ReopenCase(Body):
    """Why a closed case comes back."""

    reason: Reason


class ClassifyCase(Body):
    """What the case is really about."""

    case_type: FieldName = Field(description="contact class, for example complaint", examples=["complaint"])
    reason: Reason


class AddNote(Body):
    """An internal note. The customer never sees it."""

    text: Text = Field(examples=["@wang.lei 请核对重量"])
    attachment_ids: FileIds = Field(default=[], description="files of the case that belong to it")
    mentions: Annotated[list[Short], Field(max_length=20)] = Field(
        default=[], description="agents who are told; each `@agent.id` in the text counts too"
    )


class FieldView(BaseModel):
    """A field that the present step asks for."""

    name: str
    label: LabelView
    type: str
    options: list[str]
    mandatory: bool
    value: Any = None


class WayView(BaseModel):
    """A way on from the present step. Without `outcome` it is taken by itself when it is open."""

    to: str
    to_label: LabelView
    outcome: str | None
    label: LabelView | None
    open: bool
    missing: list[str] = Field(description="fields this way still needs")


class DeadlineView(BaseModel):
    """A limit that runs now."""

    limit: str
    step: str
    due_at: datetime
    legal: bool
    percent: int


class ProcedureState(BaseModel):
    """Where a case stands in its procedure, and what may come next."""

    id: str
    version: int
    label: LabelView
    step: str
    step_label: LabelView
    actor: str
    actor_label: LabelView
    note: str | None
    rules: list[str]
    asked: list[FieldView]
    ways: list[WayView]
    deadlines: list[DeadlineView]
    waiting_for: str | None
    ended: bool


class InteractionView(BaseModel):
    """A stretch of contact of the case. `address` is masked for readers without the right to personal data."""

    id: UUID
    channel: Channel
    direction: str
    account: str
    address: str | None
    verification: str | None
    language: str | None
    case_id: UUID | None
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    can_reply: bool = Field(description="whether a text can be sent on it")


class CaseView(CaseSummary):
    """A case in full."""

    customer_name: str | None
    fields: Mapping[str, Any] = Field(description="what the procedure captured; personal values may be masked")
    procedure_state: ProcedureState
    interactions: list[InteractionView]


class ContactPointView(BaseModel):
    """An address of a customer, masked for readers without the right to personal data."""

    id: UUID
    kind: str
    address: str
    masked: bool
    display_name: str | None
    verification: str


class ConsentView(BaseModel):
    """What a customer agreed to, or refused."""

    id: UUID
    kind: str
    granted: bool
    waybill_no: str | None
    evidence: str
    actor: str
    given_at: datetime


class CustomerView(BaseModel):
    """A customer with addresses, recent cases and recent contacts."""

    id: UUID
    name: str | None
    language: str | None
    employer: str | None
    address: str | None = Field(description="masked for readers without the right to personal data")
    tier: str | None
    tags: list[str]
    do_not_contact: bool
    merged_into: UUID | None = Field(description="the customer this one turned out to be")
    erased_at: datetime | None = Field(default=None, description="when the person was erased; nothing is added since")
    version: int
    created_at: datetime
    contact_points: list[ContactPointView]
    cases: list[CaseSummary]
    interactions: list[InteractionView]
    consents: list[ConsentView]


class TimelinePage(BaseModel):
    """Entries in order. Ask again with `after` = the last `seq` until `last_seq` is reached."""

    items: list[EntryView]
    last_seq: int = Field(description="the newest entry of the case")


class ChangeCustomer(Body):
    """What to change of a customer's profile; fields left out stay, null removes."""

    name: Short | None = None
    language: Language | None = None
    employer: Short | None = None
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] | None = None
    tier: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,30}$")] | None = None
    tags: Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=40)]], Field(max_length=30)] = []
    do_not_contact: bool = False


class AddConsent(Body):
    """A statement of the customer. `evidence` names the proof: a message, a recording, a form."""

    kind: Literal["contact", "recording", "proxy_sign_off", "locker", "marketing", "terms_notice"]
    granted: bool
    waybill_no: WaybillNo | None = None
    evidence: Short = Field(examples=["message 0190b2c0-…", "recording 77, 00:41"])


class MergeCustomers(Body):
    """Which other customer turned out to be this one."""

    other_id: UUID
    reason: Reason


class UndoMerge(Body):
    """Why they are two after all."""

    reason: Reason


class MergeView(BaseModel):
    """A merge of two customers."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    reason: str
    actor: str
    merged_at: datetime
    undone_at: datetime | None
    undone_by: str | None


class CandidateView(BaseModel):
    """A customer who may be the same person, and why."""

    customer_id: UUID
    name: str | None
    reasons: list[str] = Field(
        description="address:phone, address:email (written on a case), vouched:phone, vouched:email (by a channel), "
        "name_and_waybill"
    )


class Money(Body):
    """An amount in minor units."""

    minor: Annotated[int, Field(ge=0, lt=10**12)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"


class RequestApproval(Body):
    """What should be decided."""

    kind: Literal["compensation", "goodwill", "plan", "reply"]
    amount: Money | None = None
    summary: Text = Field(description="what is proposed and why; for a written reply its text")


class Decide(Body):
    """A decision."""

    decision: Literal["approved", "returned"]
    reason: Reason


class ApprovalView(BaseModel):
    """A decision asked for."""

    id: UUID
    case_id: UUID
    kind: str
    step: str | None = Field(description="the procedure's step that it decides, if it is one")
    amount: Money | None
    summary: str
    authority: str = Field(description="lowest role that may decide: front_desk, supervisor or approver")
    state: str = Field(description="pending, approved or returned")
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
