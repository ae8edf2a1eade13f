"""Statements on articles. Who changes an article has locked its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from cases.domain.knowledge import ArticleContent, ArticleVersion
from chassis.db import Tx
from chassis.ids import uuid7

_COLUMNS = "v.article_id, a.slug, v.number, v.state, v.content::text as content, v.case_types, v.steps, v.valid_from, "
_COLUMNS += "v.valid_to, v.author, v.edited_at, v.published_by, v.published_at, v.retired_by, v.retired_at, v.reason"
_FROM = "article_version v join article a on a.id = v.article_id"
_VALID = "v.state = 'published' and v.valid_from <= $1 and (v.valid_to is null or v.valid_to > $1)"
_VECTOR = "array_to_tsvector(${}::text[])"


def _version(row: Any) -> ArticleVersion:
    values = {name: row[name] for name in ArticleVersion._fields}
    return ArticleVersion(**{**values, "content": ArticleContent.model_validate_json(row["content"])})


@dataclass(frozen=True, slots=True)
class Article:
    """An article over all its versions; `version` is its ETag."""

    id: UUID
    slug: str
    version: int
    created_at: datetime
    updated_at: datetime


async def add(tx: Tx, slug: str) -> Article | None:
    """A new article without a version; None if the slug is taken."""
    rows = await tx.fetch(
        """insert into article (id, slug, version, created_at, updated_at) values ($1, $2, 1, $3, $3)
           on conflict do nothing returning id, slug, version, created_at, updated_at""",
        uuid7(),
        slug,
        tx.now,
    )
    return Article(**dict(rows[0])) if rows else None


async def get(tx: Tx, article_id: UUID, *, lock: bool = False) -> Article | None:
    """An article; `lock` keeps it until COMMIT."""
    more = " for no key update" if lock else ""
    rows = await tx.fetch(
        f"select id, slug, version, created_at, updated_at from article where id = $1{more}", article_id
    )
    return Article(**dict(rows[0])) if rows else None


async def touch(tx: Tx, article_id: UUID) -> int:
    """Count a locked article's version up."""
    rows = await tx.fetch(
        "update article set version = version + 1, updated_at = $2 where id = $1 returning version", article_id, tx.now
    )
    return int(rows[0]["version"])


async def versions(tx: Tx, article_id: UUID) -> list[ArticleVersion]:
    """All versions of an article, newest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from {_FROM} where v.article_id = $1 order by v.number desc", article_id)
    return [_version(row) for row in rows]


async def save_draft(
    tx: Tx, article_id: UUID, content: ArticleContent, *, case_types: Sequence[str], steps: Sequence[str], author: str
) -> None:
    """Store the draft of a locked article: the one there is, or a new version after the newest."""
    await tx.fetch(
        f"""insert into article_version (article_id, number, state, content, case_types, steps, author, edited_at,
                                         words, title_words)
            select $1, coalesce(max(number) filter (where state = 'draft'), coalesce(max(number), 0) + 1), 'draft',
                   $2::text::jsonb, $3, $4, $5, $6, {_VECTOR.format(7)}, {_VECTOR.format(8)}
            from article_version where article_id = $1
            on conflict (article_id, number) do update set content = excluded.content,
                case_types = excluded.case_types, steps = excluded.steps, author = excluded.author,
                edited_at = excluded.edited_at, words = excluded.words, title_words = excluded.title_words""",
        article_id,
        content.model_dump_json(),
        list(case_types),
        list(steps),
        author,
        tx.now,
        content.words(),
        content.title_words(),
    )


async def publish(
    tx: Tx, article_id: UUID, number: int, *, by: str, valid_from: datetime, valid_to: datetime | None
) -> None:
    """Publish the draft of a locked article. Versions before it count until it does, and no longer."""
    await tx.fetch(
        """update article_version set valid_to = least(coalesce(valid_to, $2), $2)
           where article_id = $1 and state = 'published'""",
        article_id,
        valid_from,
    )
    await tx.fetch(
        """update article_version set state = 'published', published_by = $3, published_at = $4, valid_from = $5,
                  valid_to = $6 where article_id = $1 and number = $2""",
        article_id,
        number,
        by,
        tx.now,
        valid_from,
        valid_to,
    )


async def retire(tx: Tx, article_id: UUID, *, by: str, reason: str) -> int:
    """Retire what is published of a locked article. Returns how many versions that were."""
    rows = await tx.fetch(
        """update article_version set state = 'retired', retired_by = $2, retired_at = $3, reason = $4
           where article_id = $1 and state = 'published' returning number""",
        article_id,
        by,
        tx.now,
        reason,
    )
    return len(rows)


async def valid(tx: Tx, article_id: UUID) -> ArticleVersion | None:
    """The version of an article that counts now."""
    rows = await tx.fetch(f"select {_COLUMNS} from {_FROM} where {_VALID} and v.article_id = $2", tx.now, article_id)
    return _version(rows[0]) if rows else None


async def listed(
    tx: Tx, *, state: str | None, case_type: str | None, after: str | None, limit: int
) -> list[ArticleVersion]:
    """Articles by slug: the versions that count now, or those in a state."""
    condition = "v.state = $2" if state else _VALID
    rows = await tx.fetch(
        f"""select {_COLUMNS} from {_FROM} where {condition} and ($1::timestamptz is not null)
              and ($2::text is null or true) and ($3::text is null or $3 = any(v.case_types))
              and ($4::text is null or a.slug > $4) order by a.slug, v.number desc limit $5""",
        tx.now,
        state,
        case_type,
        after,
        limit,
    )
    return [_version(row) for row in rows]


async def for_step(tx: Tx, *, case_types: Sequence[str], steps: Sequence[str], limit: int) -> list[ArticleVersion]:
    """Articles that count now for a kind of case, those made for its present step first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from {_FROM} where {_VALID} and (v.case_types && $2::text[] or v.steps && $3::text[])
            order by (v.steps && $3::text[]) desc, (v.case_types && $2::text[]) desc, a.slug limit $4""",
        tx.now,
        list(case_types),
        list(steps),
        limit,
    )
    return [_version(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of a question's words that an answer has at least; less will do if several stand in its title."""

    body: float
    title: float


@dataclass(frozen=True, slots=True)
class Found:
    """An article that answers a question: the share of the question's words it has, by weight."""

    version: ArticleVersion
    coverage: float


async def search(
    tx: Tx, words: Sequence[tuple[str, int]], *, coverage: Coverage, case_type: str | None, limit: int
) -> list[Found]:
    """Articles that count now and have enough of the words, the best first; words of titles count twice for order."""
    query = " | ".join(f"'{word}'" for word, _ in words)
    rows = await tx.fetch(
        f"""with asked as (select * from unnest($2::text[], $3::int[]) as w (word, weight)),
                 near as (select v.article_id, v.number, tsvector_to_array(v.words) as words,
                                 tsvector_to_array(v.title_words) as title_words
                          from article_version v where {_VALID} and v.words @@ $4::text::tsquery
                            and ($5::text is null or $5 = any(v.case_types))),
                 rated as (select article_id, number,
                                  sum(weight) filter (where word = any(words))::float / sum(weight) as coverage,
                                  coalesce(sum(weight) filter (where word = any(title_words)), 0) as in_title
                           from near, asked group by article_id, number)
            select {_COLUMNS}, r.coverage from rated r
            join {_FROM} on v.article_id = r.article_id and v.number = r.number
            where r.coverage >= $6 or r.coverage >= $7 and r.in_title > 2
            order by r.in_title + 2 * r.coverage desc, r.coverage desc, a.slug limit $8""",
        tx.now,
        [word for word, _ in words],
        [weight for _, weight in words],
        query,
        case_type,
        coverage.body,
        coverage.title,
        limit,
    )
    return [Found(_version(row), row["coverage"]) for row in rows]


async def note_gap(tx: Tx, query: str, case_type: str | None) -> None:
    """Count a question that found nothing."""
    await tx.fetch(
        """insert into knowledge_gap (query, searches, first_at, last_at, case_type) values ($1, 1, $2, $2, $3)
           on conflict (query) do update set searches = knowledge_gap.searches + 1, last_at = $2,
               case_type = coalesce($3, knowledge_gap.case_type)""",
        query,
        tx.now,
        case_type,
    )


async def gaps(tx: Tx, *, since: datetime | None, limit: int) -> Sequence[Any]:
    """Questions that found nothing, the most frequent first."""
    return await tx.fetch(
        """select query, searches, first_at, last_at, case_type from knowledge_gap
           where $1::timestamptz is null or last_at >= $1 order by searches desc, last_at desc, query limit $2""",
        since,
        limit,
    )


async def close_gap(tx: Tx, query: str) -> bool:
    """Forget a question that is answered now; False if it was none."""
    return bool(await tx.fetch("delete from knowledge_gap where query = $1 returning 1", query))


async def feedback(
    tx: Tx, article_id: UUID, number: int, *, actor: str, useful: bool, comment: str | None, case_id: UUID | None
) -> None:
    """Keep what a reader thought; a later word replaces an earlier one."""
    await tx.fetch(
        """insert into article_feedback (article_id, number, actor, useful, comment, case_id, at)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (article_id, number, actor) do update set useful = $4, comment = $5, case_id = $6, at = $7""",
        article_id,
        number,
        actor,
        useful,
        comment,
        case_id,
        tx.now,
    )


async def feedback_of(tx: Tx, article_id: UUID) -> Sequence[Any]:
    """What readers thought, newest first."""
    return await tx.fetch(
        """select number, actor, useful, comment, case_id, at from article_feedback
           where article_id = $1 order by at desc limit 200""",
        article_id,
    )


async def is_empty(tx: Tx) -> bool:
    """Whether there is no article at all."""
    return not await tx.fetch("select 1 from article limit 1")


async def seed(
    tx: Tx, articles: Sequence[tuple[str, ArticleContent, Sequence[str], Sequence[str]]], *, by: str
) -> None:
    """Put the first articles in, published and valid from now, in one statement each for articles and versions."""
    rows = await tx.fetch(
        """insert into article (id, slug, version, created_at, updated_at)
           select id, slug, 1, $3, $3 from unnest($1::uuid[], $2::text[]) as s (id, slug)
           on conflict do nothing returning id, slug""",
        [uuid7() for _ in articles],
        [slug for slug, *_ in articles],
        tx.now,
    )
    ids = {row["slug"]: row["id"] for row in rows}
    given = [
        {
            "id": str(ids[slug]),
            "content": content.model_dump(mode="json"),
            "case_types": list(case_types),
            "steps": list(steps),
            "words": content.words(),
            "title_words": content.title_words(),
        }
        for slug, content, case_types, steps in articles
        if slug in ids
    ]
    await tx.fetch(
        """insert into article_version (article_id, number, state, content, case_types, steps, valid_from, author,
                                        edited_at, published_by, published_at, words, title_words)
           select id, 1, 'published', content, case_types, steps, $2, $3, $2, $3, $2,
                  array_to_tsvector(words), array_to_tsvector(title_words)
           from jsonb_to_recordset($1::text::jsonb)
             as s (id uuid, content jsonb, case_types text[], steps text[], words text[], title_words text[])""",
        orjson.dumps(given).decode(),
        tx.now,
        by,
    )
