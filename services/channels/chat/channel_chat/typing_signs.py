"""Typing: wake-ups that carry who types where, from process to process. Nothing is stored and nothing is on the bus."""

from uuid import UUID

from chassis.db import Database

VISITOR, AGENT = "visitor", "agent"


def signal(conversation_id: UUID, side: str, *, on: bool) -> str:
    """The wake-up that says `side` began (or stopped) typing in the conversation."""
    return f"typing:{conversation_id}:{side}:{'on' if on else 'off'}"


def show(db: Database, conversation_id: UUID, side: str, *, on: bool) -> None:
    """Tell everybody who watches, on every replica."""
    db.signals.notify(signal(conversation_id, side, on=on))
