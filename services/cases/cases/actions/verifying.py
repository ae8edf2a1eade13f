"""Proving that an address is its customer's, with a code that only who reads there can know."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from cases.actions import notifying
from cases.actions.file import CaseFile
from cases.domain.contact import Verification
from cases.domain.model import ContactPoint, EntryKind
from cases.domain.notices import Route
from cases.parameters import CaseParameters
from cases.store import notices, verifications
from chassis.db import Tx


class NoRoute(Exception):
    """No text can be sent to this address."""


class TooSoon(Exception):
    """A code was sent a moment ago."""


class BadCode(Exception):
    """The code does not hold; the message says why."""


async def send_code(file: CaseFile, point: ContactPoint, *, actor: str) -> None:
    """Send a fresh code to the address. It stands on no timeline: who asks for it cannot read it there."""
    tx, parameters = file.tx, file.office.parameters
    earlier = await verifications.code(tx, point.id)
    if earlier is not None and tx.now - earlier.sent_at < timedelta(seconds=parameters.code_pause_seconds):
        raise TooSoon
    route = await _route(file, point)
    code = f"{secrets.randbelow(10**6):06d}"
    language = await notifying.language_of(file)
    text = file.office.templates.code(language, code, parameters.code_minutes)
    await notifying.send_text(file, route, text=text, subject="")
    until = tx.now + timedelta(minutes=parameters.code_minutes)
    await verifications.keep_code(tx, point.id, _digest(point.id, code), sent_by=actor, expires_at=until)
    file.note(EntryKind.STATUS, "verification.sent", actor=actor, channel=route.channel, contact_point_id=point.id)


async def confirm(tx: Tx, parameters: CaseParameters, point: ContactPoint, given: str, *, actor: str) -> bool:
    """Whether the code is right; the address is confirmed then. A wrong one counts. Raises `BadCode` for a code that
    cannot be right any more."""
    code = await verifications.code(tx, point.id)
    if code is None:
        raise BadCode("No code was sent to this address, or it was used.")
    if tx.now >= code.expires_at:
        raise BadCode("The code has expired. Send a new one.")
    if code.attempts >= parameters.code_attempts:
        raise BadCode("Too many wrong answers. Send a new code.")
    if not hmac.compare_digest(code.digest, _digest(point.id, given)):
        await verifications.wrong_answer(tx, point.id)
        return False
    await verifications.void(tx, point.id)
    level = Verification.CONFIRMED if point.verification != Verification.IDENTITY else Verification.IDENTITY
    await verifications.add(tx, point.id, level=level, method="code", evidence=None, actor=actor)
    return True


async def _route(file: CaseFile, point: ContactPoint) -> Route:
    found = await notices.routes(file.tx, file.case.customer_id, file.case.id)
    mine = [route for route in found if route.contact_point_id == point.id]
    if not mine:
        raise NoRoute
    return mine[0]


def _digest(point_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{point_id} {code}".encode()).hexdigest()
