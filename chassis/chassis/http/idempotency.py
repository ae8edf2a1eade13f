"""Repeating a POST safely: the answer is kept under the caller's `Idempotency-Key`, in the transaction of its effect.

Semantics follow draft-ietf-httpapi-idempotency-key-header-07: the first answer is repeated to a retry; another body
under the same key is 422. A retry that arrives while the first is still running waits for it.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db.database import Database, Tx
from chassis.http.deps import DB
from chassis.http.problems import Unprocessable

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="any string unique to this change; a retry with it gets the first answer",
    ),
]


class Once:
    """Runs the effect of a POST at most once per key and caller."""

    def __init__(self, request: Request, db: Database, key: str | None) -> None:
        self._request = request
        self._db = db
        self._key = key

    async def run(
        self,
        effect: Callable[[Tx], Awaitable[BaseModel | Mapping[str, Any] | None]],
        *,
        status: int = 200,
        headers: Callable[[Any], Mapping[str, str]] | None = None,
    ) -> Response:
        """Run `effect` in a transaction and answer with what it returns; `headers` may add some from the result."""
        fingerprint = await self._fingerprint()
        async with self._db.transaction() as tx:
            if self._key is not None:
                earlier = await self._claim(tx, self._key, fingerprint)
                if earlier is not None:
                    return earlier
            result = await effect(tx)
            body = _encode(result)
            extra = dict(headers(result)) if headers else {}
            if self._key is not None:
                await tx.fetch(
                    """update idempotency_key set status = $3, headers = $4::text::jsonb, body = $5
                       where scope = $1 and key = $2""",
                    self._scope(),
                    self._key,
                    status,
                    orjson.dumps(extra).decode(),
                    body.decode(),
                )
        return _response(status, extra, body)

    async def _claim(self, tx: Tx, key: str, fingerprint: str) -> Response | None:
        """Take the key, waiting for a concurrent holder to finish; returns the answer already given, if any."""
        taken = await tx.fetch(
            """insert into idempotency_key (scope, key, fingerprint, created_at) values ($1, $2, $3, $4)
               on conflict do nothing returning 1""",
            self._scope(),
            key,
            fingerprint,
            tx.now,
        )
        if taken:
            return None
        rows = await tx.fetch(
            """select fingerprint, status, headers::text as headers, body from idempotency_key
               where scope = $1 and key = $2""",
            self._scope(),
            key,
        )
        if rows[0]["fingerprint"] != fingerprint:
            raise Unprocessable("This Idempotency-Key was used for another request. Use a new key for a new change.")
        headers = {**orjson.loads(rows[0]["headers"] or "{}"), "Idempotency-Replayed": "true"}
        return _response(rows[0]["status"], headers, (rows[0]["body"] or "").encode())

    async def _fingerprint(self) -> str:
        digest = hashlib.sha256(f"{self._request.method} {self._request.url.path}\n".encode())
        digest.update(await self._request.body())
        return digest.hexdigest()

    def _scope(self) -> str:
        principal = getattr(self._request.state, "principal", None)
        return principal.subject if principal else "anonymous"


async def _once(request: Request, db: DB, key: Key = None) -> Once:
    return Once(request, db, key)


OnceOnly = Annotated[Once, Depends(_once)]
"""Parameter type of POST endpoints; declare it after the principal, whose keys it keeps apart."""


def _encode(result: BaseModel | Mapping[str, Any] | None) -> bytes:
    if result is None:
        return b""
    if isinstance(result, BaseModel):
        return result.model_dump_json().encode()
    return orjson.dumps(result, default=str)


def _response(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    return Response(body, status_code=status, headers=dict(headers), media_type="application/json" if body else None)
