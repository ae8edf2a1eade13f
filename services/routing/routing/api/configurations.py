"""Configurations as documents: draft, validate, dry run, activate; history and the way back."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError

from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, Conflict, FieldError, NotFound, Unprocessable, problems
from chassis.ids import uuid7
from routing.api import explain
from routing.api.answers import refuse
from routing.api.deps import ADomain, AnOnceKey, AnyWords, AReader, ARoom, ASupervisor, Words
from routing.api.schemas_configuration import (
    ConfigurationSummary,
    ConfigurationView,
    DraftBody,
    DraftView,
    DryRun,
    Validation,
)
from routing.domain.commands import Configure, TryConfiguration
from routing.domain.configuration import Configuration
from routing.domain.values import Code
from routing.homes import Home
from routing.store import drafts as store

router = APIRouter(prefix="/v1/configuration", tags=["Configuration"])

_DRAFTS = 100
_NEWEST = 2**31 - 1


class DraftClosed(Conflict):
    """The draft is not open."""

    slug, title = "draft-closed", "The draft is not open any more"


@router.get("", responses=problems(401, 403, 404, 503))
async def read_configuration(
    principal: AReader, room: ARoom, db: DB, response: Response, domain: ADomain = None
) -> ConfigurationView:
    """The configuration in force. The ETag is its version."""
    home = room.homes.named(domain)
    async with db.read() as tx:
        row = await store.in_force(tx, home.domain)
    if row is None:
        raise NotFound("configuration", home.domain)
    response.headers["ETag"] = etag(row["version"])
    return ConfigurationView(**row)


@router.get("/versions", responses=problems(400, 401, 403, 404, 503))
async def list_versions(
    principal: AReader, room: ARoom, db: DB, domain: ADomain = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[ConfigurationSummary]:
    """What was in force, newest first."""
    before = decode_cursor(cursor, 1)[0] if cursor else _NEWEST
    if type(before) is not int or abs(before) > _NEWEST:
        raise BadRequest("The cursor is not one that a page of this list returned.")
    async with db.read() as tx:
        rows = await store.history(tx, room.homes.named(domain).domain, before, limit + 1)
    items = [ConfigurationSummary(**row) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].version) if len(rows) > limit else None)


Number = Path(ge=1, le=_NEWEST)


@router.get("/versions/{number}", responses=problems(400, 401, 403, 404, 503))
async def read_version(
    principal: AReader, room: ARoom, db: DB, number: int = Number, domain: ADomain = None
) -> ConfigurationView:
    """A configuration that is or was in force."""
    async with db.read() as tx:
        row = await store.version(tx, room.homes.named(domain).domain, number)
    if row is None:
        raise NotFound("configuration version", number)
    return ConfigurationView(**row)


@router.post("/versions/{number}/restore", responses=problems(400, 401, 403, 404, 409, 412, 422, 503))
async def restore_version(
    principal: ASupervisor,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    number: int = Number,
    domain: ADomain = None,
) -> ConfigurationView:
    """Roll back: put an earlier configuration in force again, under a new version."""
    home = room.homes.named(domain)
    async with db.read() as tx:
        row = await store.version(tx, home.domain, number)
    if row is None:
        raise NotFound("configuration version", number)
    wanted = Configuration.model_validate(row["body"])
    note = f"version {number} restored"
    command = Configure(home.dispatcher.now(), wanted, principal.subject, note, None)
    reply = await home.dispatcher.submit(command, once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="configuration version", id=number)
    return await _activated(db, home, principal, (reply.detail or {})["version"], {"restored": number})


@router.post("/drafts", status_code=201, response_model=DraftView, responses=problems(400, 401, 403, 404, 422, 503))
async def begin_draft(body: DraftBody, principal: ASupervisor, room: ARoom, db: DB, once: OnceOnly) -> Response:
    """Begin a draft, from what is in force or from a document of one's own."""
    home = room.homes.named(body.domain)

    async def effect(tx: Any) -> DraftView:
        present = await store.in_force(tx, home.domain)
        version = present["version"] if present else 0
        document = body.body if body.body is not None else (present["body"] if present else {})
        base = version if body.base_version is None else body.base_version
        row = await store.add(tx, uuid7(), home.domain, base, document, body.note, principal.subject)
        return DraftView(**row)

    return await once.run(effect, status=201, headers=lambda draft: {"ETag": etag(draft.version)})


@router.get("/drafts", responses=problems(401, 403, 404, 503))
async def list_drafts(principal: AReader, room: ARoom, db: DB, domain: ADomain = None) -> list[DraftView]:
    """The hundred drafts that changed last."""
    async with db.read() as tx:
        return [DraftView(**row) for row in await store.drafts(tx, room.homes.named(domain).domain, _DRAFTS)]


@router.get("/drafts/{draft_id}", responses=problems(400, 401, 403, 404, 503))
async def read_draft(draft_id: UUID, principal: AReader, db: DB, response: Response) -> DraftView:
    """A draft. The ETag is its version."""
    draft = await _draft(db, draft_id)
    response.headers["ETag"] = etag(draft.version)
    return draft


@router.put("/drafts/{draft_id}", responses=problems(400, 401, 403, 404, 409, 412, 503))
async def change_draft(
    draft_id: UUID, body: DraftBody, request: Request, principal: ASupervisor, db: DB, response: Response
) -> DraftView:
    """Replace what a draft says. After a 412 on activating, send the merged document with the new `base_version`."""
    async with db.transaction() as tx:
        row = await store.draft(tx, draft_id, lock=True)
        if row is None:
            raise NotFound("draft", draft_id)
        _open(row["state"])
        check_if_match(request, row["version"])
        base = row["base_version"] if body.base_version is None else body.base_version
        document = row["body"] if body.body is None else body.body
        changed = DraftView(**await store.change(tx, draft_id, base, document, body.note, principal.subject))
    response.headers["ETag"] = etag(changed.version)
    return changed


@router.delete("/drafts/{draft_id}", status_code=204, responses=problems(400, 401, 403, 404, 409, 503))
async def discard_draft(draft_id: UUID, principal: ASupervisor, db: DB) -> Response:
    """Drop a draft."""
    async with db.transaction() as tx:
        row = await store.draft(tx, draft_id, lock=True)
        if row is None:
            raise NotFound("draft", draft_id)
        if row["state"] != "discarded":
            _open(row["state"])
            await store.close(tx, draft_id, "discarded", principal.subject)
    return Response(status_code=204)


@router.post("/drafts/{draft_id}/validate", responses=problems(400, 401, 403, 404, 503))
async def validate_draft(draft_id: UUID, principal: AReader, room: ARoom, db: DB, words: AnyWords) -> Validation:
    """Whether a draft could take effect, and if not, what is wrong where."""
    return Validation(**(await _tried(await _draft(db, draft_id), room, words)).model_dump())


@router.post("/drafts/{draft_id}/dry-run", responses=problems(400, 401, 403, 404, 503))
async def dry_run(draft_id: UUID, principal: AReader, room: ARoom, db: DB, words: AnyWords) -> DryRun:
    """What a draft would do to what waits and to who is here, at this moment. Changes nothing."""
    return await _tried(await _draft(db, draft_id), room, words)


@router.post("/drafts/{draft_id}/activate", responses=problems(400, 401, 403, 404, 409, 412, 422, 503))
async def activate_draft(
    draft_id: UUID, request: Request, principal: ASupervisor, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> ConfigurationView:
    """Put a draft in force, whole or not at all. 412 if something else took effect since it was begun."""
    draft = await _draft(db, draft_id)
    home = room.homes.named(draft.domain)
    if draft.state == "activated":
        return await _version_of(db, home, draft.activated_version)
    _open(draft.state)
    check_if_match(request, draft.version)
    wanted, errors = _parsed(draft.body)
    if wanted is None:
        raise Unprocessable(words.text("configuration.invalid"), errors=errors)
    command = Configure(home.dispatcher.now(), wanted, principal.subject, draft.note, draft.base_version)
    reply = await home.dispatcher.submit(command, once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="draft", id=draft_id)
    version = (reply.detail or {})["version"]
    async with db.transaction() as tx:
        await store.close(tx, draft_id, "activated", principal.subject, version)
    return await _activated(db, home, principal, version, {"draft": str(draft_id)})


async def _activated(db: DB, home: Home, principal: Principal, version: int, how: dict[str, Any]) -> ConfigurationView:
    async with db.transaction() as tx:
        detail = {"version": version, **how}
        tx.audit(principal.subject, "configuration.activated", f"configuration/{home.domain}", detail)
    return await _version_of(db, home, version)


async def _version_of(db: DB, home: Home, version: int | None) -> ConfigurationView:
    async with db.read() as tx:
        row = await store.version(tx, home.domain, version or 0)
    if row is None:
        raise NotFound("configuration version", version)
    return ConfigurationView(**row)


async def _draft(db: DB, draft_id: UUID) -> DraftView:
    async with db.read() as tx:
        row = await store.draft(tx, draft_id)
    if row is None:
        raise NotFound("draft", draft_id)
    return DraftView(**row)


def _open(state: str) -> None:
    if state != "open":
        raise DraftClosed(f"The draft was {state}. Begin a new one.")


def _parsed(body: dict[str, Any]) -> tuple[Configuration | None, list[FieldError]]:
    try:
        return Configuration.model_validate(body), []
    except ValidationError as error:
        return None, [
            FieldError(pointer="#" + "".join(f"/{part}" for part in one["loc"]), detail=one["msg"])
            for one in error.errors(include_url=False, include_context=False)
        ]


async def _tried(draft: DraftView, room: ARoom, words: Words) -> DryRun:
    home = room.homes.named(draft.domain)
    wanted, errors = _parsed(draft.body)
    asked = TryConfiguration(home.dispatcher.now(), wanted or Configuration())
    found = (await home.dispatcher.submit(asked)).detail or {}
    version = found.pop("version")
    unsound = found.pop("errors")
    if wanted is not None:
        errors = [FieldError(pointer=f"#{one['pointer']}", detail=one["detail"]) for one in unsound]
    effects = {} if errors else found
    return DryRun(
        valid=not errors,
        errors=errors,
        version_in_force=version,
        outdated=version != draft.base_version,
        words=explain.dry_run_sentences(words, errors=[one.detail for one in errors], found=effects),
        **effects,
    )
