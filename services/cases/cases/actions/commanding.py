"""Carrying out one command on one case, for macros and for bulk commands."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from cases.actions import acting, closing, details, replying, waiting
from cases.actions.file import CaseFile
from cases.domain import commands, templates
from cases.domain.model import REACHABLE_AFTER_END, EntryKind, Interaction
from cases.store import customers, interactions, texts, timeline
from chassis.auth.principal import Principal
from contracts.values import Channel


class CannotDo(Exception):
    """The command cannot be carried out on this case; the text says why."""


@dataclass(frozen=True)
class By:
    """On whose behalf, and the values that templates get beside the facts of the case."""

    principal: Principal
    values: dict[str, str] | None = None


async def carry_out(file: CaseFile, command: Any, by: By) -> None:
    """Do it. Raises `CannotDo`, `ProcedureRefusal` or `MissingVariables`; nothing is written then by this command.

    Entries are gathered, not written.
    """
    _require_allowed(file, command, by)
    actor_id = by.principal.subject
    match command:
        case commands.Reply():
            await _reply(file, await _wordings(file, command, by), by)
        case commands.Note():
            named = replying.mentioned(command.text, command.mentions)
            name = by.principal.name
            replying.add_note(file, text=command.text, author=actor_id, author_name=name, mentions=named)
            await replying.tell_mentioned(file, named, text=command.text, author=actor_id, author_name=name)
        case commands.ChangeTags():
            await details.change_tags(file, add=command.add, remove=command.remove)
        case commands.SetDetails():
            await details.set_details(
                file,
                actor=actor_id,
                category=command.category,
                severity=command.severity,
                priority=command.priority,
            )
        case commands.StepOn():
            await _step(file, command, by)
        case commands.Await():
            due = file.tx.now + timedelta(days=file.office.parameters.awaiting_days)
            await waiting.wait(file, due=due, reason=command.reason, actor=actor_id)
        case commands.Assign():
            await details.assign(
                file,
                agent_id=command.agent_id,
                agent_name=command.agent_name,
                reason=command.reason,
                by=actor_id,
                by_name=by.principal.name,
            )
        case commands.Watch():
            await details.watch(file, command.agent_id, watching=command.watching)
        case commands.Close():
            await closing.close(
                file,
                actor=acting.actor(by.principal, file.case, file.engine.dictionary),
                resolution=command.resolution,
                reason=command.deviation_reason,
            )
        case commands.Join():
            await _join(file, command, by)
        case commands.Tell():
            await _tell(file, command, by)
        case _:
            assert_never(command)


_ON_CLOSED = (commands.Note, commands.ChangeTags, commands.Watch, commands.Join)


def _require_allowed(file: CaseFile, command: Any, by: By) -> None:
    case = file.case
    if case.closed_at is not None and not isinstance(command, _ON_CLOSED):
        raise CannotDo(f"Case {case.case_no} is closed.")
    if isinstance(command, commands.Note | commands.Watch) or acting.sees_all(by.principal):
        return
    if case.owner != by.principal.subject:
        raise CannotDo(f"Case {case.case_no} is not yours.")


async def _wordings(file: CaseFile, command: commands.Reply, by: By) -> templates.Wordings:
    if command.texts is not None:
        return command.texts
    found = None
    if command.template_id is not None:
        found = await texts.get(file.tx, "template", command.template_id, me=by.principal.subject)
    if found is None:
        raise CannotDo(f"There is no template {command.template_id} that you may use.")
    return templates.Wordings.model_validate(found.content["texts"])


async def facts(file: CaseFile, by: By) -> dict[str, str | None]:
    """What templates may say of a case. Addresses and numbers of people only for callers who may see them: else they
    have no value, and a text that names them is refused."""
    customer = await customers.get(file.tx, file.case.customer_id)
    run = await file.run()
    specs, clear = file.engine.dictionary.fields, by.principal.may(acting.PERSONAL)
    return {
        **templates.known_values(
            {name: value for name, value in run.fields.items() if clear or not specs[name].personal}
        ),
        **templates.known_values(
            {
                "customer_name": customer.name if customer else None,
                "waybill_no": file.case.waybill_no,
                "case_no": file.case.case_no,
                "agent_name": by.principal.name,
            }
        ),
        **(by.values or {}),
    }


async def _reply(file: CaseFile, wordings: templates.Wordings, by: By) -> None:
    if not await replying.welcome(file):
        raise CannotDo("The customer does not want to be contacted.")
    interaction = await reachable(file)
    text = templates.render(wordings, interaction.language or file.case.language, await facts(file, by))
    author, name = by.principal.subject, by.principal.name
    replying.add_reply(file, interaction, text=text, subject=None, author=author, author_name=name)


async def reachable(file: CaseFile) -> Interaction:
    """The interaction on which the customer can be written to: where they wrote last, else the newest open one."""
    usable = [
        contact
        for contact in await interactions.of_case(file.tx, file.case.id)
        if contact.channel is not Channel.VOICE and (contact.ended_at is None or contact.channel in REACHABLE_AFTER_END)
    ]
    if not usable:
        raise CannotDo(f"Case {file.case.case_no} has no channel on which a text can be sent.")
    return replying.newest_first(usable, await timeline.last_from_customer(file.tx, file.case.id))[0]


async def _step(file: CaseFile, command: commands.StepOn, by: By) -> None:
    actor = acting.actor(by.principal, file.case, file.engine.dictionary)
    progress = file.engine.complete(
        await file.run(),
        actor=actor,
        now=file.tx.now,
        fields=command.fields,
        outcome=command.outcome,
        reason=command.deviation_reason,
    )
    await closing.settle(file, progress, actor=actor)


async def _join(file: CaseFile, command: commands.Join, by: By) -> None:
    case = file.case
    if case.incident:
        raise CannotDo(f"Case {case.case_no} is an incident itself.")
    if case.incident_id == command.incident_id:
        return
    code = "case.incident_joined" if command.incident_id else "case.incident_left"
    named = command.incident_id or case.incident_id
    await file.change(incident_id=command.incident_id)
    file.note(
        EntryKind.STATUS, code, actor=by.principal.subject, case_no=(by.values or {}).get("incident_no"), incident=named
    )


async def _tell(file: CaseFile, command: commands.Tell, by: By) -> None:
    if file.case.incident_id != command.incident_id:
        raise CannotDo(f"Case {file.case.case_no} does not belong to the incident any more.")
    known = await facts(file, by)
    update = {
        "zh-CN": templates.render(command.update, "zh-CN", known),
        "en": templates.render(command.update, "en", known),
    }
    file.note(
        EntryKind.STATUS,
        "case.incident_update",
        actor=by.principal.subject,
        case_no=(by.values or {}).get("incident_no"),
        update=update,
        incident=command.incident_id,
    )
    if command.message is not None:
        await _reply(file, command.message, by)
