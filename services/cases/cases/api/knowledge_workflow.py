"""The workflow of articles: draft, published by somebody else, retired."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from fastapi import APIRouter, Request, Response

from cases.api.knowledge import CHANGES, Parameters, Publisher, Writer, require_article, view_of
from cases.api.knowledge_schemas import ArticleView, NewArticle, Publish, PutDraft, Retire
from cases.api.versions import etag_of
from cases.domain.knowledge import ArticleState, ArticleVersion
from cases.knowledge_base import KnowledgeParameters
from cases.store import knowledge as store
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import BadRequest, Conflict, FieldError, Unprocessable, problems

router = APIRouter(prefix="/v1", tags=["Knowledge"])


class SlugTaken(Conflict):
    """Another article has the short name."""

    slug: ClassVar[str] = "slug-taken"
    title: ClassVar[str] = "Another article has this name"


class NoDraft(Conflict):
    """There is nothing to publish."""

    slug: ClassVar[str] = "no-draft"
    title: ClassVar[str] = "The article has no draft"


class OwnDraft(Conflict):
    """Whoever wrote a draft does not publish it."""

    slug: ClassVar[str] = "own-draft"
    title: ClassVar[str] = "Somebody else must publish it"


@router.post("/articles", status_code=201, response_model=ArticleView, responses=CHANGES)
async def create_article(body: NewArticle, principal: Writer, once: OnceOnly) -> Response:
    """Begin an article with its first draft."""

    async def effect(tx: Tx) -> ArticleView:
        made = await store.add(tx, body.slug)
        if made is None:
            raise SlugTaken(f"There is an article {body.slug} already.")
        await _save(tx, made.id, body, principal)
        return await view_of(tx, made.id)

    return await once.run(effect, status=201, headers=etag_of)


@router.put("/articles/{article_id}/draft", responses=problems(400, 403, 404, 412))
async def put_draft(
    article_id: UUID, body: PutDraft, principal: Writer, db: DB, request: Request, response: Response
) -> ArticleView:
    """Write the draft: the one there is, or a new version after the published one."""
    async with db.transaction() as tx:
        article = await require_article(tx, article_id, lock=True)
        check_if_match(request, article.version)
        await _save(tx, article_id, body, principal)
        await store.touch(tx, article_id)
        found = await view_of(tx, article_id)
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/articles/{article_id}/publish", response_model=ArticleView, responses=CHANGES)
async def publish_article(
    article_id: UUID, body: Publish, principal: Publisher, parameters: Parameters, request: Request, once: OnceOnly
) -> Response:
    """Publish the draft, now or from a day on; the version before it counts until then. Somebody else than its author
    does this. Public terms are announced before they count."""

    async def effect(tx: Tx) -> ArticleView:
        article = await require_article(tx, article_id, lock=True)
        check_if_match(request, article.version)
        versions = await store.versions(tx, article_id)
        draft = next((item for item in versions if item.state == ArticleState.DRAFT), None)
        if draft is None:
            raise NoDraft(f"{article.slug} has no draft.")
        if draft.author == principal.subject:
            raise OwnDraft(f"{principal.name} wrote this draft; another editor publishes it.")
        valid_from = body.valid_from or tx.now
        _require_period(draft, versions, valid_from, body.valid_to, tx.now, parameters)
        by = principal.subject
        await store.publish(tx, article_id, draft.number, by=by, valid_from=valid_from, valid_to=body.valid_to)
        await store.touch(tx, article_id)
        tx.audit(by, "article.published", f"article/{article_id}", {"number": draft.number})
        return await view_of(tx, article_id)

    return await once.run(effect, headers=etag_of)


@router.post("/articles/{article_id}/retire", response_model=ArticleView, responses=CHANGES)
async def retire_article(
    article_id: UUID, body: Retire, principal: Publisher, request: Request, once: OnceOnly
) -> Response:
    """Take an article out of use; its versions stay readable, because cases refer to them."""

    async def effect(tx: Tx) -> ArticleView:
        article = await require_article(tx, article_id, lock=True)
        check_if_match(request, article.version)
        if not await store.retire(tx, article_id, by=principal.subject, reason=body.reason):
            raise Conflict(f"Nothing of {article.slug} is published.")
        await store.touch(tx, article_id)
        tx.audit(principal.subject, "article.retired", f"article/{article_id}", {"reason": body.reason})
        return await view_of(tx, article_id)

    return await once.run(effect, headers=etag_of)


def _require_period(
    draft: ArticleVersion,
    versions: list[ArticleVersion],
    valid_from: datetime,
    valid_to: datetime | None,
    now: datetime,
    parameters: KnowledgeParameters,
) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise _wrong("#/valid_to", "must lie after valid_from")
    if valid_from < now:
        raise _wrong("#/valid_from", "must not lie in the past")
    later = [v.valid_from for v in versions if v.state == ArticleState.PUBLISHED and v.valid_from]
    if any(moment >= valid_from for moment in later):
        raise _wrong("#/valid_from", "must lie after the version before counts; retire that one first")
    changes_terms = draft.content.public_terms and bool(later)
    if changes_terms and valid_from < now + timedelta(days=parameters.announce_days):
        raise Unprocessable(
            f"Changed public terms are announced {parameters.announce_days} days before they count.",
            errors=[FieldError(pointer="#/valid_from", detail=f"at least {parameters.announce_days} days from now")],
        )


def _wrong(pointer: str, detail: str) -> BadRequest:
    return BadRequest(f"{pointer} {detail}.", errors=[FieldError(pointer=pointer, detail=detail)])


async def _save(tx: Tx, article_id: UUID, body: PutDraft, principal: Principal) -> None:
    await store.save_draft(
        tx,
        article_id,
        body.content,
        case_types=list(dict.fromkeys(body.case_types)),
        steps=list(dict.fromkeys(body.steps)),
        author=principal.subject,
    )
    tx.audit(principal.subject, "article.drafted", f"article/{article_id}")
