"""What a carrier's sentence says: status, exceptions, and what it denies. Negation is tested before any keyword."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.model import Direction, ExceptionCode, Milestone
from tracking_gateway.domain.text.normalise import readable
from tracking_gateway.domain.text.rules import StatusRule, TextRules

_SENTENCE = re.compile(r"[。!?;\n]+|(?<=[a-z)0-9])\. +|\.$")
_CLAUSE = re.compile(r" ?, ?| - | \| |:(?= )")
_RETURN_LEG = re.compile(r"退(?:回|件|货)|返件|\breturn")
_CACHED_TEXTS = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `denied` are statuses it says did not come about; `rules` names what matched."""

    status: ParcelStatus | None = None
    milestone: Milestone | None = None
    exceptions: tuple[ExceptionCode, ...] = ()
    direction: Direction | None = None
    revokes: bool = False
    resolves: bool = False
    denied: frozenset[ParcelStatus] = frozenset()
    rules: tuple[str, ...] = ()


NOTHING = Reading()


class Reader:
    """Reads texts by one set of rules. `moot` lists, by status, problems that the same text shows to be overcome."""

    def __init__(self, rules: TextRules, moot: Mapping[ParcelStatus, frozenset[ExceptionCode]]) -> None:
        self._rules = rules
        self._moot = moot
        self._simplify = dict(rules.simplify)
        self.read = lru_cache(_CACHED_TEXTS)(self._read)

    def _read(self, text: str) -> Reading:
        clauses = list(self._clauses(readable(text, self._simplify)))
        if not clauses:
            return NOTHING
        rule, denied = self._status(clauses)
        resolves = any(self._rules.resolves.search(clause) for clause in clauses)
        status = rule.status if rule else None
        exceptions = self._exceptions(clauses, status, resolves)
        returning = status in (ParcelStatus.RETURNING, ParcelStatus.RETURNED)
        if returning:
            exceptions = (*exceptions, ExceptionCode.RETURN_TO_SENDER)
        on_return_leg = status is not None and any(_RETURN_LEG.match(clause) for clause in clauses)
        return Reading(
            status=status,
            milestone=rule.milestone if rule else None,
            exceptions=exceptions,
            direction=Direction.RETURN if returning or on_return_leg else None,
            revokes=bool(rule and rule.revokes),
            resolves=resolves,
            denied=denied,
            rules=tuple([rule.id] if rule else []) + tuple(code.value for code in exceptions),
        )

    def _clauses(self, text: str) -> Iterator[str]:
        """The statements of a text: conditions and what would follow from them are left out, and so is advice."""
        for sentence in _SENTENCE.split(text):
            yield from self._statements([clause.strip() for clause in _CLAUSE.split(sentence)])

    def _statements(self, clauses: list[str]) -> Iterator[str]:
        guards = self._rules.guards
        awaited = supposing = False  # the consequence of a condition: still to come; may go on
        for clause in filter(None, clauses):
            if guards.condition.search(clause):
                supposing = True
                awaited = guards.consequence.search(clause) is None
                continue
            if awaited or (supposing and guards.consequence.search(clause)):
                awaited = False
                continue
            supposing = False
            if guards.advice.search(clause):
                continue
            if stated := guards.cut.split(clause, maxsplit=1)[0].strip():
                yield stated

    def _status(self, clauses: list[str]) -> tuple[StatusRule | None, frozenset[ParcelStatus]]:
        denied: set[ParcelStatus] = set()
        whole = [",".join(clauses)]
        for rule in self._rules.statuses:
            for clause in whole if rule.whole else clauses:
                for match in rule.pattern.finditer(clause):
                    if not rule.claim:
                        return rule, frozenset(denied)
                    if self._is_negated(clause, match):
                        if rule.status:
                            denied.add(rule.status)
                    elif self._rules.guards.future_before.search(clause, 0, match.start()) is None:
                        return rule, frozenset(denied)
        return None, frozenset(denied)

    def _is_negated(self, clause: str, match: re.Match[str]) -> bool:
        guards = self._rules.guards
        return bool(
            guards.negated_before.search(clause, 0, match.start()) or guards.negated_after.match(clause, match.end())
        )

    def _exceptions(self, clauses: list[str], status: ParcelStatus | None, resolves: bool) -> tuple[ExceptionCode, ...]:
        if resolves:
            return ()
        found: list[ExceptionCode] = []
        for code, pattern in self._rules.exceptions:
            if any(
                not self._rules.guards.negated_before.search(clause, 0, match.start())
                for clause in clauses
                for match in pattern.finditer(clause)
            ):
                found.append(code)
        dropped = {other for code in found for other in self._rules.suppresses.get(code, ())}
        if status is not None:
            dropped |= self._moot.get(status, frozenset())
        return tuple(code for code in found if code not in dropped)
