"""The envelope every event travels in, and the base of every payload class.

The wire form is CloudEvents 1.0 in binary mode (CloudEvents Kafka protocol binding 1.0.2): attributes as `ce_*`
headers, the payload as the JSON value, the aggregate's id as the record key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict


def _require_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value


Instant = Annotated[datetime, AfterValidator(_require_zone)]
"""A point in time. Naive values are refused: a wall clock without its zone is not a fact."""


class Payload(BaseModel):
    """Base of payload parts. Immutable; unknown fields from a newer producer are ignored, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Personal(Payload):
    """Base of every `personal` sub-object: all personal data of a payload sits here, so it can be masked or dropped."""


class EventData(Payload):
    """Base of every event payload.

    Subclasses are declared with their catalogue entry::

        class CaseOpened(EventData, type="posthouse.case.opened.v1", topic="cases", key="case_id"): ...

    `key` names the field holding the aggregate's id. Records of one key stay in order; the key is never personal data.
    """

    event_type: ClassVar[str]
    topic: ClassVar[str]
    key_field: ClassVar[str]

    def __init_subclass__(cls, *, type: str, topic: str, key: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.event_type, cls.topic, cls.key_field = type, topic, key

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Accept the class keywords of the declaration; `__init_subclass__` has stored them."""

    @property
    def key(self) -> str:
        """The aggregate's id, as text."""
        return str(getattr(self, self.key_field))


D = TypeVar("D", bound=EventData)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[D]):
    """One event as a handler sees it.

    `id` identifies the fact: redelivery repeats it, so consumers dedupe on it. `time` (aware) is when the fact was
    recorded. `traceparent` is the W3C trace context of the producer, if it was sampled or propagated.
    """

    id: UUID
    type: str
    source: str
    time: datetime
    key: str
    data: D
    traceparent: str | None = None


def cloudevent_headers(
    *, id: UUID, type: str, source: str, time: datetime, key: str, traceparent: str | None = None
) -> dict[str, bytes]:
    """CloudEvents attributes as Kafka headers (binary mode)."""
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(id).encode(),
        "ce_source": source.encode(),
        "ce_type": type.encode(),
        "ce_time": time.isoformat().encode(),
        "ce_partitionkey": key.encode(),
        "content-type": b"application/json",
    }
    if traceparent:
        headers["traceparent"] = traceparent.encode()
    return headers


class UnreadableEnvelope(ValueError):
    """The headers lack a CloudEvents attribute, or one of them does not parse."""


def event_of(headers: Mapping[str, bytes], *, key: str, data: D) -> Event[D]:
    """The event that a record with these headers carries. Raises `UnreadableEnvelope`."""
    traceparent = headers.get("traceparent")
    try:
        time = datetime.fromisoformat(headers["ce_time"].decode())
        if time.tzinfo is None:
            raise ValueError("ce_time needs a time zone")
        return Event(
            id=UUID(headers["ce_id"].decode()),
            type=headers["ce_type"].decode(),
            source=headers.get("ce_source", b"").decode("utf-8", "replace"),
            time=time,
            key=key,
            data=data,
            traceparent=traceparent.decode("utf-8", "replace") if traceparent else None,
        )
    except KeyError as error:
        raise UnreadableEnvelope(f"no {error.args[0]}") from error
    except ValueError as error:
        raise UnreadableEnvelope(str(error)) from error


def text_headers(headers: Mapping[str, bytes]) -> dict[str, str]:
    """Header values as text; bytes that are not UTF-8 are replaced, because headers only ever describe."""
    return {name: value.decode("utf-8", "replace") for name, value in headers.items()}
