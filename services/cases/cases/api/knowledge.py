"""Knowledge: articles in versions, their workflow, searching with the gap report, what to know for a case."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import ChangeOf
from cases.api.knowledge_schemas import (
    ArticleView,
    CaseKnowledgeView,
    Feedback,
    FeedbackReport,
    FeedbackView,
    FoundView,
    GapView,
    KnowledgeSearchView,
    UseArticle,
    VersionView,
    version_view,
)
from cases.domain.knowledge import ArticleState, ArticleVersion, first_matching, normalised_query, question_tokens
from cases.domain.model import EntryKind
from cases.domain.search import LONGEST_QUERY
from cases.knowledge_base import KnowledgeParameters
from cases.store import cases as case_store
from cases.store import knowledge as store
from cases.store import timeline
from cases.views import EntryView, entry_view
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.etag import etag
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, NotFound, problems

router = APIRouter(prefix="/v1", tags=["Knowledge"])

READ, WRITE, PUBLISH = "knowledge:read", "knowledge:write", "knowledge:publish"
Reader = Annotated[Principal, Depends(require(READ))]
Writer = Annotated[Principal, Depends(require(WRITE))]
Publisher = Annotated[Principal, Depends(require(PUBLISH))]

CHANGES = problems(400, 403, 404, 409, 412, 422)


def parameters_of(request: Request) -> KnowledgeParameters:
    """The thresholds of searching."""
    found: KnowledgeParameters = request.app.state.knowledge
    return found


Parameters = Annotated[KnowledgeParameters, Depends(parameters_of)]


@router.get("/articles", responses=problems(400))
async def list_articles(
    principal: Reader,
    db: DB,
    state: Annotated[ArticleState | None, Query(description="unset: what counts now")] = None,
    case_type: Annotated[str | None, Query(max_length=60)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[VersionView]:
    """Articles by short name. Drafts are for those who write."""
    if state is ArticleState.DRAFT and not principal.may(WRITE):
        raise BadRequest(
            "Drafts need the scope knowledge:write.", errors=[FieldError(pointer="query/state", detail=WRITE)]
        )
    after = str(decode_cursor(cursor, 1)[0]) if cursor else None
    async with db.read() as tx:
        found = await store.listed(tx, state=state, case_type=case_type, after=after, limit=limit + 1)
    items = [version_view(item) for item in found[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].slug) if len(found) > limit else None)


@router.get("/articles/search", responses=problems(400))
async def search_articles(
    principal: Reader,
    db: DB,
    parameters: Parameters,
    q: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY, examples=["充电宝能寄吗", "insured value"])],
    case_type: Annotated[str | None, Query(max_length=60)] = None,
) -> KnowledgeSearchView:
    """Answer a question in Chinese or English from the articles that count now. A question that finds nothing is
    counted for the gap report, without numbers that could be somebody's."""
    words = question_tokens(q)
    question = normalised_query(q)
    if not words or not question:
        detail = "holds no word to search by"
        raise BadRequest(f"The question {detail}.", errors=[FieldError(pointer="query/q", detail=detail)])
    async with db.transaction() as tx:
        found = await store.search(tx, words, coverage=parameters.enough, case_type=case_type, limit=parameters.results)
        if not found:
            await store.note_gap(tx, question, case_type)
    return KnowledgeSearchView(question=question, items=[_found(item) for item in found])


@router.get("/articles/gaps", responses=problems(400))
async def list_gaps(principal: Writer, db: DB, since: AwareDatetime | None = None, limit: Limit = 50) -> list[GapView]:
    """Questions that found nothing, the most frequent first: what the knowledge base lacks."""
    async with db.read() as tx:
        return [GapView.model_validate(dict(row)) for row in await store.gaps(tx, since=since, limit=limit)]


@router.delete("/articles/gaps", status_code=204, responses=problems(400, 404))
async def close_gap(
    principal: Writer, db: DB, query: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY)]
) -> Response:
    """Take a question off the report because it is answered now, or is none for us."""
    async with db.transaction() as tx:
        if not await store.close_gap(tx, query):
            raise NotFound("gap", query)
        tx.audit(principal.subject, "knowledge.gap_closed", "knowledge_gap", {"query": query})
    return Response(status_code=204)


@router.get("/articles/{article_id}", responses=problems(404))
async def read_article(article_id: UUID, principal: Reader, db: DB, response: Response) -> ArticleView:
    """An article: the version that counts now; the draft too, for those who write."""
    async with db.read() as tx:
        found = await view_of(tx, article_id, drafts=principal.may(WRITE))
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/articles/{article_id}/versions", responses=problems(404))
async def list_versions(article_id: UUID, principal: Reader, db: DB) -> list[VersionView]:
    """All versions of an article, newest first."""
    async with db.read() as tx:
        await require_article(tx, article_id)
        found = await store.versions(tx, article_id)
    return [version_view(item) for item in found if item.state != ArticleState.DRAFT or principal.may(WRITE)]


@router.post("/articles/{article_id}/feedback", status_code=204, responses=problems(404, 422))
async def give_feedback(article_id: UUID, body: Feedback, principal: Reader, once: OnceOnly) -> Response:
    """Say whether a version helped. Your newest word counts."""

    async def effect(tx: Tx) -> None:
        await require_article(tx, article_id)
        if not any(item.number == body.number for item in await store.versions(tx, article_id)):
            raise NotFound("version", body.number)
        await store.feedback(
            tx,
            article_id,
            body.number,
            actor=principal.subject,
            useful=body.useful,
            comment=body.comment,
            case_id=body.case_id,
        )

    return await once.run(effect, status=204)


@router.get("/articles/{article_id}/feedback", responses=problems(404))
async def read_feedback(article_id: UUID, principal: Writer, db: DB) -> FeedbackReport:
    """What readers thought."""
    async with db.read() as tx:
        await require_article(tx, article_id)
        items = [FeedbackView.model_validate(dict(row)) for row in await store.feedback_of(tx, article_id)]
    useful = sum(item.useful for item in items)
    return FeedbackReport(useful=useful, not_useful=len(items) - useful, items=items)


@router.get("/cases/{case_id}/knowledge", responses=problems(403, 404))
async def case_knowledge(case_id: UUID, principal: Reader, db: DB, parameters: Parameters) -> CaseKnowledgeView:
    """What to know for a case: articles made for its present step, for its kind, and those that answer what its
    customer asked first. Laws and company rules stand on each."""
    async with db.read() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        steps = [case.step, f"{case.procedure}/{case.step}"]
        shown = await store.for_step(
            tx, case_types=[case.case_type, case.procedure], steps=steps, limit=2 * parameters.results
        )
        words = question_tokens(await timeline.first_words(tx, case_id) or "")
        found = (
            await store.search(tx, words, coverage=parameters.enough, case_type=None, limit=parameters.results)
            if words
            else []
        )
    for_step = [item for item in shown if first_matching(item.steps, case.procedure, case.step)]
    return CaseKnowledgeView(
        step=[version_view(item) for item in for_step[: parameters.results]],
        case_type=[version_view(item) for item in shown if item not in for_step][: parameters.results],
        question=[_found(item) for item in found],
    )


@router.post("/cases/{case_id}/knowledge", status_code=201, response_model=EntryView, responses=CHANGES)
async def use_article(case_id: UUID, body: UseArticle, principal: Reader, change: ChangeOf) -> Response:
    """Rely on an article: the case keeps which version, and the laws and rules it names, where its procedure asks."""

    async def effect(file: CaseFile) -> EntryView:
        used = await store.valid(file.tx, body.article_id)
        if used is None:
            detail = "no article that counts now"
            raise BadRequest(f"{detail}.", errors=[FieldError(pointer="#/article_id", detail=detail)])
        await _record(file, used)
        title = {"zh-CN": used.content.zh.title, "en": used.content.en.title}
        file.note(
            EntryKind.STEP,
            "knowledge.used",
            actor=change.principal.subject,
            article=title,
            reference=used.reference,
            article_id=str(used.article_id),
        )
        return entry_view((await file.write())[-1])

    return await change.run(case_id, effect, status=201)


async def _record(file: CaseFile, used: ArticleVersion) -> None:
    run = await file.run()
    if run.ended_at is not None or run.waiting_for is not None:
        return
    rules = [*(law.text for law in used.content.laws), *used.content.company_rules]
    known = [rule for rule in run.fields.get("rule_refs") or [] if rule not in rules]
    facts = {"kb_article_version": used.reference, "rule_refs": [*known, *rules][:50] or None}
    names = file.engine.field_names()
    fields = {name: value for name, value in facts.items() if name in names and value is not None}
    if fields:
        await file.apply(file.engine.record(run, fields=fields, now=file.tx.now))


async def require_article(tx: Tx, article_id: UUID, *, lock: bool = False) -> store.Article:
    article = await store.get(tx, article_id, lock=lock)
    if article is None:
        raise NotFound("article", article_id)
    return article


async def view_of(tx: Tx, article_id: UUID, *, drafts: bool = True) -> ArticleView:
    article = await require_article(tx, article_id)
    current = await store.valid(tx, article_id)
    versions = await store.versions(tx, article_id) if drafts else []
    draft = next((item for item in versions if item.state == ArticleState.DRAFT), None)
    return ArticleView(
        id=article.id,
        slug=article.slug,
        version=article.version,
        current=version_view(current) if current else None,
        draft=version_view(draft) if draft else None,
        created_at=article.created_at,
        updated_at=article.updated_at,
    )


def _found(item: store.Found) -> FoundView:
    return FoundView(article=version_view(item.version), coverage=round(item.coverage, 3))
