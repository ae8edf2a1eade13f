"""The dictionary procedures are written with: roles, fields and their types, severities, notices, blocks."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_LIST_ITEMS = 50
MAX_OBJECT_BYTES = 20_000

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Json = str | int | float | bool | list[Any] | dict[str, Any]


class Data(BaseModel):
    """Base of everything that is written as data: frozen, and an unknown key is an error of the author."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Label(Data):
    """A name in both languages of the product."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, language: str) -> str:
        """The name in `language` (BCP 47); Chinese for every `zh…`, English otherwise."""
        return self.zh if language.lower().startswith("zh") else self.en


class RoleKind(StrEnum):
    """Who may complete a step of a role: `desk` roles only whoever holds them; a step of a `department` may be recorded
    by the case's agent on its behalf; `automatic` and `customer` steps follow from facts the agent may also record."""

    DESK = "desk"
    DEPARTMENT = "department"
    AUTOMATIC = "automatic"
    CUSTOMER = "customer"


class Role(Data):
    """An actor of procedures."""

    label: Label
    kind: RoleKind


class FieldType(StrEnum):
    """What a field's value looks like in JSON."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    FLAG = "flag"
    INSTANT = "instant"
    NUMBER = "number"
    MONEY = "money"
    CHOICE = "choice"
    LIST = "list"
    OBJECT = "object"


class FieldSpec(Data):
    """A field that steps capture. `options` (in ascending order where an order makes sense) belong to a choice;
    `personal` values are masked for readers without the right to personal data."""

    label: Label
    type: FieldType = FieldType.TEXT
    options: tuple[str, ...] = ()
    personal: bool = False


class Severity(Data):
    """How serious a case is; keys S1 (critical) to S4 (minor)."""

    label: Label
    example: str


class Notice(Data):
    """A message the customer or a supervisor is owed at a step; `gist` says what it must contain."""

    label: Label
    gist: str
    audience: Literal["customer", "supervisor", "department"] = "customer"


class BlockItem(Data):
    """One duty of a block. `evidence` names the fact that proves it without anybody ticking it."""

    id: Name
    actor: Name
    label: Label
    fields: tuple[Name, ...] = ()
    evidence: Literal["answered_ring", "released_by_customer"] | None = None
    count_limit: int | None = Field(default=None, ge=1, description="how often it may happen, e.g. rings")
    seconds_limit: int | None = Field(default=None, ge=1)
    source: str = ""


class Block(Data):
    """Duties that frame every contact on `channels`: a checklist beside the steps, settled before the case closes."""

    label: Label
    channels: tuple[str, ...]
    items: tuple[BlockItem, ...]


class Dictionary(Data):
    """All words a procedure may use."""

    version: int = Field(ge=1)
    roles: Mapping[Name, Role]
    severities: Mapping[str, Severity]
    fields: Mapping[Name, FieldSpec]
    notices: Mapping[Name, Notice]
    blocks: Mapping[Name, Block]

    def rank(self, field: str, value: object) -> int:
        """The position of a choice among its options; -1 for no value or one that is not an option."""
        options = self.fields[field].options
        return options.index(value) if isinstance(value, str) and value in options else -1


class FieldProblem(Data):
    """Why a field's value was refused."""

    field: str
    detail: str


def check_value(name: str, spec: FieldSpec, value: object) -> Json:
    """The value in its stored form. Raises `ValueError` with the reason in plain words."""
    match spec.type:
        case FieldType.TEXT:
            return _text(value, 500)
        case FieldType.LONG_TEXT:
            return _text(value, 10_000)
        case FieldType.FLAG:
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return value
        case FieldType.INSTANT:
            return _instant(value)
        case FieldType.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
                raise ValueError("must be a number from 0")
            return value
        case FieldType.MONEY:
            return _money(value)
        case FieldType.CHOICE:
            if not isinstance(value, str) or value not in spec.options:
                raise ValueError(f"must be one of {', '.join(spec.options)}")
            return value
        case FieldType.LIST:
            if not isinstance(value, list | tuple) or not 0 < len(value) <= MAX_LIST_ITEMS:
                raise ValueError(f"must be a list of 1 to {MAX_LIST_ITEMS} texts")
            return [_text(item, 500) for item in value]
        case FieldType.OBJECT:
            if not isinstance(value, Mapping) or not value:
                raise ValueError("must be an object with content")
            if len(str(value)) > MAX_OBJECT_BYTES:
                raise ValueError(f"must have at most {MAX_OBJECT_BYTES} characters")
            return dict(value)


def _text(value: object, limit: int) -> str:
    if not isinstance(value, str) or not (text := value.strip()):
        raise ValueError("must be a text with content")
    if len(text) > limit:
        raise ValueError(f"must have at most {limit} characters")
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000")
    return text


def _instant(value: object) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("must be a date and time such as 2026-03-01T09:30:00+08:00") from error
    if moment.tzinfo is None:
        raise ValueError("must name its time zone, such as 2026-03-01T09:30:00+08:00")
    return moment.isoformat()


def _money(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"minor", "currency"}:
        raise ValueError("must be an object with `minor` (integer minor units) and `currency`")
    minor, currency = value["minor"], value["currency"]
    if isinstance(minor, bool) or not isinstance(minor, int) or not 0 <= minor < 10**12:
        raise ValueError("`minor` must be a whole number of minor units from 0")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise ValueError("`currency` must be a three-letter code such as CNY")
    return {"minor": minor, "currency": currency}


def as_instant(value: object) -> datetime | None:
    """A stored instant read back; None when there is none."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None
