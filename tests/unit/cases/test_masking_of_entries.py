"""Timelines show no address in full."""

import json
from datetime import UTC, datetime

from cases.domain.model import Entry, EntryKind
from cases.views import entry_view
from chassis.ids import uuid7


def test_entries_carry_no_sender_address() -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    entry = Entry(
        case_id=uuid7(),
        seq=1,
        kind=EntryKind.MESSAGE_IN,
        occurred_at=now,
        recorded_at=now,
        actor="customer",
        interaction_id=uuid7(),
        channel=None,
        message_id=uuid7(),
        status=None,
        data={"text": "hello", "sender": "wang.fang@customer.example", "subject": "Wet parcel"},
    )
    shown = json.dumps(entry_view(entry).model_dump(mode="json"))
    assert "wang.fang" not in shown
    assert "Wet parcel" in shown
