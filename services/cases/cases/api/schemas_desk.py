"""Bodies and answers of the API for details, relations, merges, incidents, bulk commands, texts and views."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from cases.api.schemas import Body, FieldName, Reason
from cases.domain import commands
from cases.domain.categories import Code
from cases.domain.filters import CaseFilter, Sort
from cases.domain.templates import Wordings
from cases.views import CaseSummary, LabelView
from contracts.values import Language, WaybillNo

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Values = Annotated[dict[FieldName, Annotated[str, StringConstraints(max_length=1000)]], Field(max_length=50)]
CaseTypes = Annotated[tuple[FieldName, ...], Field(max_length=30)]


class ChangeDetails(Body):
    """What to change; fields left out stay as they are."""

    category: Code | None = Field(default=None, examples=["delivery.delay.last_mile"])
    severity: Literal["S1", "S2", "S3", "S4"] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] | None = Field(default=None, description="1 first")
    tags: Annotated[list[commands.Tag], Field(max_length=30)] | None = Field(default=None, examples=[["vip", "春节"]])


class GiveCase(Body):
    """Who has the case from now on."""

    agent_id: commands.AgentId = Field(examples=["li.na"])
    agent_name: Title | None = None
    reason: Reason


class AwaitCustomer(Body):
    """What the customer owes, and when to look again."""

    reason: Reason = Field(examples=["请提供物品价值证明"])
    due_at: AwareDatetime | None = Field(default=None, description="unset: after the company's usual days")


RelationKind = Literal["related", "duplicate_of", "child_of", "caused_by"]


class Relate(Body):
    """How this case belongs to another."""

    other_id: UUID = Field(examples=["019b8a00-0000-7000-8000-000000000031"])
    kind: RelationKind = "related"


class RelationView(BaseModel):
    """A relation. `inverse`: it holds the other way round (the other one is a duplicate of this one)."""

    kind: str = Field(
        description="related, duplicate_of, child_of, caused_by, split_from; continues, merged_into and incident "
        "follow from what happened and cannot be removed here"
    )
    inverse: bool
    other_id: UUID
    case_no: str
    state: str
    actor: str
    created_at: datetime


class MergeCases(Body):
    """Which other case turned out to be about the same matter."""

    other_id: UUID = Field(examples=["019b8a00-0000-7000-8000-000000000031"])
    reason: Reason = Field(examples=["同一快件的两次来信"])


class UndoCaseMerge(Body):
    """Why they are two matters after all."""

    reason: Reason = Field(examples=["其实是两个快件"])


class CaseMergeView(BaseModel):
    """A merge of two cases. `survivor_id` goes on."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    reason: str
    actor: str
    merged_at: datetime
    undone_at: datetime | None
    undone_by: str | None


class SplitCase(Body):
    """What goes to a case of its own: whole interactions, single entries of the timeline, or both."""

    interaction_ids: Annotated[list[UUID], Field(max_length=100)] = Field(default=[])
    entry_seqs: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=500)] = Field(default=[])
    case_type: FieldName = Field(examples=["inquiry"])
    waybill_no: WaybillNo | None = Field(default=None, description="what the new case is about, if it is a parcel")
    reason: Reason = Field(examples=["发票是另一件事"])

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.interaction_ids and not self.entry_seqs:
            raise ValueError("give interaction_ids or entry_seqs")
        return self


class Selection(Body):
    """Cases: by id, or all that a filter finds when the command is given."""

    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=10_000)] | None = None
    filter: CaseFilter | None = Field(default=None, examples=[{"tags_any": ["storm"], "owner": "nobody"}])

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.case_ids is None) == (self.filter is None):
            raise ValueError("give case_ids or filter")
        return self


class BulkCommand(Selection):
    """One action for many cases."""

    action: commands.BulkAction = Field(examples=[{"do": "tag", "add": ["storm"]}])


class TellIncident(Body):
    """News of an incident for all cases that belong to it."""

    update: Wordings = Field(
        description="goes on every timeline; agents see it",
        examples=[{"zh": "分拣中心停电，预计 6 小时恢复", "en": "Power cut at the hub, about six hours"}],
    )
    message: Wordings | None = Field(
        default=None,
        description="goes to every customer who can be written to",
        examples=[{"zh": "您的快件因停电延误，恢复后即派送。", "en": "A power cut delays your parcel."}],
    )


class JobView(BaseModel):
    """A bulk command and how far it is. `done + failed = total` when it is finished."""

    id: UUID
    kind: str
    case_id: UUID | None = Field(description="the incident it was given on")
    state: Literal["running", "finished", "cancelled"]
    total: int
    done: int
    failed: int
    actor: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class JobItemView(BaseModel):
    """What became of one case."""

    position: int
    case_id: UUID
    state: Literal["pending", "done", "failed"]
    detail: str | None = Field(description="why it failed")


class KeptView(BaseModel):
    """What templates, macros and views have in common. Shared ones belong to the house, others to their owner."""

    id: UUID
    name: str
    owner: str
    shared: bool
    version: int
    created_at: datetime
    updated_at: datetime


class PutTemplate(Body):
    """A text to use again. Variables stand as `{{name}}`: a field of the procedure, `customer_name`, `waybill_no`,
    `case_no`, `agent_name`, or a name that is given a value when it is used."""

    name: Title
    shared: bool = False
    purpose: Literal["reply", "note"] = "reply"
    case_types: CaseTypes = Field(default=(), description="empty: for all")
    texts: Wordings


class TemplateView(KeptView):
    """A text to use again."""

    purpose: str
    case_types: list[str]
    texts: Wordings
    variables: list[str]


class UseTemplate(Body):
    """For which case, with which values."""

    case_id: UUID
    language: Language | None = Field(default=None, description="unset: the language of the case")
    values: Values = Field(default_factory=dict, examples=[{"pickup_time": "明天 10:00–12:00"}])


class RenderedView(BaseModel):
    """The text, ready to send."""

    language: str
    text: str


class PutMacro(Body):
    """Several actions that are done together, or not at all."""

    name: Title
    shared: bool = False
    case_types: CaseTypes = Field(default=(), description="empty: for all")
    actions: Annotated[tuple[commands.MacroAction, ...], Field(min_length=1, max_length=20)] = Field(
        examples=[[{"do": "tag", "add": ["proof"]}, {"do": "await", "reason": "等待价值证明"}]]
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        commands.check_order(self.actions)
        return self


class MacroView(KeptView):
    """Several actions that are done together."""

    case_types: list[str]
    actions: list[dict[str, Any]]


class UseMacro(Body):
    """Values for the variables of its texts."""

    values: Values = Field(default_factory=dict, examples=[{"pickup_time": "明天 10:00–12:00"}])


class PutView(Body):
    """Which cases a view shows, in which order."""

    name: Title = Field(examples=["今日到期投诉"])
    shared: bool = False
    filters: CaseFilter = Field(examples=[{"case_types": ["complaint"], "due_within_minutes": 1440}])
    sort: Sort = Sort.NEWEST


class ViewView(KeptView):
    """A saved view."""

    filters: dict[str, Any]
    sort: Sort


class CountView(BaseModel):
    """How many cases a view finds."""

    count: int
    more: bool = Field(description="there are more than `count`")


Column = Literal[
    "case_no",
    "case_type",
    "category",
    "state",
    "step",
    "severity",
    "priority",
    "queue",
    "level",
    "channel",
    "language",
    "owner",
    "customer_name",
    "waybill_no",
    "tags",
    "incident_id",
    "waits_for",
    "next_due_at",
    "opened_at",
    "updated_at",
    "closed_at",
    "resolution",
]


_USUAL_COLUMNS: tuple[Column, ...] = (
    "case_no",
    "case_type",
    "category",
    "state",
    "owner",
    "customer_name",
    "waybill_no",
    "next_due_at",
    "opened_at",
    "closed_at",
    "resolution",
)


class Export(Body):
    """Which cases, and which columns of them."""

    filters: CaseFilter = CaseFilter()
    sort: Sort = Sort.NEWEST
    columns: Annotated[list[Column], Field(min_length=1, max_length=30)] = Field(default=list(_USUAL_COLUMNS))


class CategoryView(BaseModel):
    """A category of the tree; `parent` is the code one level up."""

    code: str
    parent: str | None
    label: LabelView


class CaseTypeView(BaseModel):
    """A case type, the procedure it begins, and where its work goes."""

    id: str
    procedure: str
    label: LabelView
    queue: str
    priority: int


class SplitView(BaseModel):
    """Both cases after a split."""

    case: CaseSummary
    new_case: CaseSummary
