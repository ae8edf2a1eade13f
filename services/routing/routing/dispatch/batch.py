"""One commit of the owner: commands applied in memory, their effects written in one transaction under the epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.db import Tx
from chassis.telemetry import traces
from routing import metrics
from routing.dispatch import publishing
from routing.dispatch.envelope import Envelope, Reply
from routing.domain.commands import RequestWork
from routing.domain.decisions import AgentUpdated, ConfigurationActivated, Decision, ShiftsPlanned
from routing.domain.engine import Engine
from routing.domain.floor import Changes
from routing.domain.values import Code
from routing.store import commands, loading, writing, writing_configuration
from routing.store.commands import OnceKey


@dataclass
class Outcome:
    """What an envelope came to. `replayed`: the reply is one given earlier under the same idempotency key."""

    envelope: Envelope
    reply: Reply
    decisions: Sequence[Decision]
    replayed: bool = False


def apply(engine: Engine, envelopes: Sequence[Envelope]) -> list[Outcome]:
    """Apply commands in memory, in order."""
    outcomes = []
    for envelope in envelopes:
        result = engine.apply(envelope.command)
        outcomes.append(Outcome(envelope, Reply(result.code, result.detail), result.decisions))
    return outcomes


async def apply_checked(tx: Tx, engine: Engine, envelopes: Sequence[Envelope]) -> list[Outcome]:
    """Apply commands, first asking the store what the engine cannot know: kept answers and items ended long ago."""
    kept = await _kept(tx, envelopes)
    ended = await _ended(tx, engine, envelopes)
    outcomes: list[Outcome] = []
    for envelope in envelopes:
        command, once = envelope.command, envelope.once
        if once is not None and (once.scope, once.key) in kept:
            outcomes.append(Outcome(envelope, _kept_reply(once, *kept[once.scope, once.key]), (), replayed=True))
            continue
        if isinstance(command, RequestWork) and command.work.id in ended:
            outcomes.append(Outcome(envelope, Reply(Code.ALREADY_KNOWN), ()))
            continue
        outcomes += apply(engine, [envelope])
        if once is not None:  # a repetition may be in the same batch
            kept[once.scope, once.key] = (once.fingerprint, _body(outcomes[-1].reply))
    return outcomes


async def _kept(tx: Tx, envelopes: Sequence[Envelope]) -> dict[tuple[str, str], tuple[str, str]]:
    keys = [envelope.once for envelope in envelopes if envelope.once is not None]
    return await commands.kept_answers(tx, keys) if keys else {}


async def _ended(tx: Tx, engine: Engine, envelopes: Sequence[Envelope]) -> set[Any]:
    asked = [envelope.command.work.id for envelope in envelopes if isinstance(envelope.command, RequestWork)]
    unknown = [work_id for work_id in asked if work_id not in engine.floor.work]
    return set(await loading.ended(tx, unknown)) if unknown else set()


def _kept_reply(once: OnceKey, fingerprint: str, body: str) -> Reply:
    if fingerprint != once.fingerprint:
        return Reply(Code.KEY_REUSED)
    kept = orjson.loads(body)
    return Reply(Code(kept["code"]), kept["detail"])


def _body(reply: Reply) -> str:
    return orjson.dumps({"code": reply.code, "detail": reply.detail}, default=str).decode()


async def write(tx: Tx, domain: str, epoch: int, changes: Changes, outcomes: Sequence[Outcome]) -> None:
    """Write everything that follows: state, events, streams, log, replies."""
    decisions = [decision for outcome in outcomes for decision in outcome.decisions]
    updated = {decision.agent_id for decision in decisions if isinstance(decision, AgentUpdated)}
    planned = {decision.agent_id for decision in decisions if isinstance(decision, ShiftsPlanned)}
    if any(isinstance(decision, ConfigurationActivated) for decision in decisions):
        await writing_configuration.write_configurations(tx, domain, decisions)
    await writing.write(tx, domain, changes)
    for names, write_parts in (
        (updated, writing_configuration.write_skills),
        (planned, writing_configuration.write_shifts),
    ):
        await write_parts(tx, domain, [changes.agents[name] for name in sorted(names) if name in changes.agents])
    await publishing.write_log(tx, domain, epoch, decisions)
    for outcome in outcomes:
        _announce(tx, outcome)
    await _write_replies(tx, outcomes)
    for decision in decisions:
        metrics.DECISIONS.labels(domain, publishing.kind_of(type(decision))).inc()


def _announce(tx: Tx, outcome: Outcome) -> None:
    """Events carry on the trace of the command that led to them."""
    parent = outcome.envelope.traceparent
    if not outcome.decisions:
        return
    if parent is None:
        for decision in outcome.decisions:
            publishing.announce(decision, tx)
        return
    with traces.span("routing.decide", traceparent=parent):
        for decision in outcome.decisions:
            publishing.announce(decision, tx)


async def _write_replies(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    replies = {
        outcome.envelope.stored.id: (
            outcome.envelope.stored.reply_to,
            outcome.reply.code.value,
            outcome.reply.detail,
        )
        for outcome in outcomes
        if outcome.envelope.stored is not None and outcome.envelope.stored.reply_to is not None
    }
    if replies:
        await commands.reply(tx, replies)
    kept = [
        (outcome.envelope.once, _body(outcome.reply))
        for outcome in outcomes
        if outcome.envelope.once is not None and not outcome.replayed
    ]
    if kept:
        await commands.keep_answers(tx, kept)
