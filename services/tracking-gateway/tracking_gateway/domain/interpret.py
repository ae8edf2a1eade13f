"""From a code and a text to a meaning: negation first, then the code, then what the text adds (rules 4 to 6)."""

from collections.abc import Mapping
from functools import lru_cache

from contracts.parcels import ParcelStatus as S
from tracking_gateway.domain.codes import CodeEntry, CodeMap, Grade
from tracking_gateway.domain.model import Direction, ExceptionCode, Meaning, Verdict
from tracking_gateway.domain.text.reader import NOTHING, Reader, Reading

_CLAIMS = frozenset({S.DELIVERED, S.RETURNED, S.PICKED_UP, S.AVAILABLE_FOR_PICKUP, S.CANCELLED})
"""Statuses that say something was accomplished: a text that denies it is believed over the code."""

_CONTRADICTED_BY = {
    S.DELIVERED: frozenset({S.DELIVERY_FAILED, S.RETURNED}),
    S.PICKED_UP: frozenset({S.INFO_RECEIVED}),
}
"""What a text may say against a code, beside denying it outright."""

_CACHED = 16_384
"""Most events repeat what was read before, word for word."""
_PROBLEMS = frozenset({S.EXCEPTION, S.DELIVERY_FAILED})


class Interpreter:
    """Gives events their meaning. `moot` lists, by status, problems that the same event shows to be overcome."""

    def __init__(self, reader: Reader, moot: Mapping[S, frozenset[ExceptionCode]]) -> None:
        self._reader = reader
        self._moot = moot
        self._known = lru_cache(_CACHED)(self._interpret)

    def interpret(self, codes: CodeMap, code: str, text: str) -> Meaning:
        """What an event with this code and text says. An empty code leaves it to the text."""
        return self._known(codes, code, text)

    def _interpret(self, codes: CodeMap, code: str, text: str) -> Meaning:
        if not code:
            return self._from_text(self._read(text), "", Verdict.MAPPED)
        entry = codes.get(code)
        if entry is None:
            reading = self._read(text) if codes.text_for_unknown else NOTHING
            return self._from_text(reading, f"code {code} unmapped", Verdict.UNMAPPED)
        if entry.grade is Grade.EXACT and entry.status not in _CLAIMS:
            return _meaning(entry, f"code {code}")
        return self._with_text(entry, code, self._read(text))

    def _read(self, text: str) -> Reading:
        return self._reader.read(text) if text else NOTHING

    def _from_text(self, reading: Reading, basis: str, verdict: Verdict) -> Meaning:
        said = reading.status or reading.exceptions or reading.revokes or reading.resolves
        if not said and reading.denied:
            return Meaning(verdict=Verdict.AMBIGUOUS, basis=_join(basis, "text only denies"))
        if not said:
            return Meaning(verdict=Verdict.UNMAPPED, basis=basis or "text says nothing we know")
        return Meaning(
            status=reading.status,
            milestone=reading.milestone,
            exceptions=reading.exceptions,
            direction=reading.direction,
            revokes=reading.revokes,
            resolves=reading.resolves,
            verdict=verdict,
            basis=_join(basis, _text_basis(reading)),
        )

    def _with_text(self, entry: CodeEntry, code: str, reading: Reading) -> Meaning:
        basis = f"code {code}"
        if self._is_denied(entry, reading):
            # If it says nothing beyond the denial, where the parcel is remains what it was.
            return self._from_text(reading, f"{basis} denied by text", Verdict.MAPPED)
        if entry.grade is Grade.EXACT:
            return _meaning(entry, basis, direction=reading.direction)
        if entry.grade is Grade.AMBIGUOUS and not (reading.status or reading.exceptions):
            verdict = Verdict.MAPPED if entry.status or entry.exceptions else Verdict.AMBIGUOUS
            return _meaning(entry, f"{basis} (ambiguous, text says nothing more)", verdict=verdict)
        return self._refined(entry, basis, reading)

    def _is_denied(self, entry: CodeEntry, reading: Reading) -> bool:
        if entry.status in reading.denied and reading.status is not entry.status:
            return True
        if entry.status is S.DELIVERED and reading.revokes:
            return True
        return entry.status is not None and reading.status in _CONTRADICTED_BY.get(entry.status, ())

    def _refined(self, entry: CodeEntry, basis: str, reading: Reading) -> Meaning:
        status, milestone = entry.status, entry.milestone
        if _says_more(reading.status, entry.status):
            status, milestone = reading.status, reading.milestone
        exceptions = tuple(dict.fromkeys(entry.exceptions + reading.exceptions))
        if status is not None and (moot := self._moot.get(status)):
            exceptions = tuple(item for item in exceptions if item not in moot)
        return Meaning(
            status=status,
            milestone=milestone,
            exceptions=exceptions,
            direction=reading.direction or entry.direction,
            revokes=entry.revokes or reading.revokes,
            resolves=entry.resolves or reading.resolves,
            basis=_join(basis, _text_basis(reading)),
        )


def _says_more(read: S | None, coded: S | None) -> bool:
    """Whether what the text says is taken for what the code says."""
    if read is None or (read is S.EXCEPTION and coded is not None):
        return False
    # "Signed" in the text of a problem is part of the story, not its end.
    return not (coded in _PROBLEMS and read is S.DELIVERED)


def _meaning(
    entry: CodeEntry, basis: str, *, direction: Direction | None = None, verdict: Verdict = Verdict.MAPPED
) -> Meaning:
    return Meaning(
        status=entry.status,
        milestone=entry.milestone,
        exceptions=entry.exceptions,
        direction=entry.direction or direction,
        revokes=entry.revokes,
        resolves=entry.resolves,
        verdict=verdict,
        basis=basis,
    )


def _text_basis(reading: Reading) -> str:
    return f"text: {', '.join(reading.rules)}" if reading.rules else ""


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
