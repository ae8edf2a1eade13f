"""Faults on demand: what a real provider does on its bad days, armed by tests through the control API."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

Kind = Literal[
    "refuse",
    "error_500",
    "rate_limit",
    "timeout_before",
    "timeout_after",
    "duplicate",
    "reorder",
    "drop",
    "undelivered",
]
REST_KINDS = frozenset({"refuse", "error_500", "rate_limit", "timeout_before", "timeout_after"})
CALLBACK_KINDS = frozenset({"duplicate", "reorder", "drop"})


class Fault(BaseModel):
    """One armed fault; it happens to the next `times` things it matches, then is spent.

    REST requests (matched on `METHOD /path`): `refuse` answers 4xx with Twilio's `code`; `error_500`; `rate_limit`;
    `timeout_before` hangs without doing it; `timeout_after` does it and hangs. Callbacks (matched on the URL and
    `name=value` of each field): `duplicate` sends twice, `reorder` sends after the next one of the same resource,
    `drop` never sends. Messages (matched on the recipient): `undelivered` ends with error `code`.
    """

    kind: Kind
    match: str = ""
    times: int = Field(default=1, ge=1)
    status: int = 400
    code: int = 20001


@dataclass
class Faults:
    """The armed faults."""

    armed: list[Fault] = field(default_factory=list)

    def take(self, kinds: frozenset[str], subject: str) -> Fault | None:
        """The first armed fault of these kinds that matches, used up by one."""
        for fault in self.armed:
            if fault.kind in kinds and fault.match in subject:
                fault.times -= 1
                if fault.times == 0:
                    self.armed.remove(fault)
                return fault
        return None
