"""What is known of a case without anybody typing it: facts that fill a procedure's fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.domain.engine import Engine
from cases.domain.run import Run

FIRST_WORDS = ("question_text", "complaint_text", "suggestion_text", "symptom")
"""Fields that hold what the customer said first, each in its procedure."""

_LONGEST = 10_000


def at_opening(
    engine: Engine,
    *,
    interaction_id: str,
    channel: str,
    contact_class: str,
    waybill_no: str | None,
    customer_name: str | None,
    phone: str | None,
    email: str | None,
    verification: str | None,
    text: str,
    now: datetime,
) -> dict[str, Any]:
    """The fields a case begins with, as far as its procedure uses them."""
    words = text.strip().replace("\x00", "")[:_LONGEST] or None
    found: dict[str, Any] = {
        "contact_id": interaction_id,
        "channel": channel,
        "contact_class": contact_class,
        "waybill_no": waybill_no,
        "customer_name": customer_name,
        "customer_phone": phone,
        "customer_email": email,
        "verification_level": verification,
        "verification_method": "channel" if verification not in (None, "none") else None,
        "discovered_at": now.isoformat(),
        "exception_source": f"customer:{channel}",
        **dict.fromkeys(FIRST_WORDS, words),
    }
    used = engine.field_names()
    return {name: value for name, value in found.items() if value is not None and name in used}


def from_reply(engine: Engine, run: Run, given: Mapping[str, Any], *, text: str, at: datetime) -> dict[str, Any]:
    """The newest reply is the answer, where the procedure asks for one and nobody wrote another."""
    found = {"answer_text": text.strip()[:_LONGEST] or None, "answered_at": at.isoformat()}
    used = engine.field_names()
    return {
        name: value
        for name, value in found.items()
        if value is not None and name in used and name not in given and run.fields.get(name) is None
    }
