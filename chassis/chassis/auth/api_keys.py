"""API keys for integrators: shown once, stored hashed, limited to scopes, rotatable without an outage.

A key reads `phk_<id>_<secret>`. The secret has 256 random bits, so a plain SHA-256 is a safe way to store it.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.auth.principal import Principal
from chassis.db.database import Database, Tx
from chassis.http.deps import DB, require
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import Forbidden, NotFound, Unauthorised, problems

PREFIX = "phk_"
_CACHE_SECONDS = 15.0
ROTATION_GRACE = timedelta(hours=24)


def new_secret() -> str:
    """A fresh secret, 256 bits."""
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


@dataclass(frozen=True)
class _Known:
    principal: Principal
    hashes: tuple[bytes, ...]
    until: float


class ApiKeys:
    """The API keys of one service. Answers are kept for a few seconds, so a revoked key dies within that time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._cache: dict[str, _Known] = {}

    async def verify(self, key: str) -> Principal:
        """The integrator of a valid key; 401 otherwise."""
        key_id, _, secret = key.removeprefix(PREFIX).partition("_")
        known = self._cache.get(key_id)
        if known is None or known.until < time.monotonic():
            known = await self._load(key_id)
        offered = _hash(secret)
        if known is None or not any(hmac.compare_digest(offered, stored) for stored in known.hashes):
            raise Unauthorised("The API key is not valid.")
        return known.principal

    async def _load(self, key_id: str) -> _Known | None:
        async with self._db.read() as tx:
            rows = await tx.fetch(
                """select name, scopes, secret_hash, previous_hash, previous_until from api_key
                   where id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)""",
                key_id.replace("\0", ""),
                tx.now,
            )
            now = tx.now
        if not rows:
            self._cache.pop(key_id, None)
            return None
        row = rows[0]
        hashes = [row["secret_hash"]]
        if row["previous_hash"] and row["previous_until"] and row["previous_until"] > now:
            hashes.append(row["previous_hash"])
        principal = Principal(f"key:{key_id}", row["name"], "integrator", frozenset(row["scopes"]))
        known = _Known(principal, tuple(hashes), time.monotonic() + _CACHE_SECONDS)
        self._cache[key_id] = known
        return known

    def forget(self, key_id: str) -> None:
        """Drop what is remembered of a key, after it was changed."""
        self._cache.pop(key_id, None)


class NewApiKey(BaseModel):
    """What a new key is for and what it may do."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, examples=["warehouse integration"])
    scopes: list[Annotated[str, Field(pattern=r"^[a-z-]+:[a-z-]+$", max_length=60)]] = Field(
        min_length=1, max_length=20
    )
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class ApiKeyRead(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ApiKeyCreated(ApiKeyRead):
    """A key with its secret, shown this once."""

    key: str


def router(service: str) -> APIRouter:
    """Endpoints to manage the service's keys; they need the scope `<service>:admin`."""
    admin = Annotated[Principal, Depends(require(f"{service}:admin"))]
    routes = APIRouter(prefix="/v1/api-keys", tags=["API keys"])

    @routes.get("")
    async def list_keys(principal: admin, db: DB) -> list[ApiKeyRead]:
        """All keys, newest first. Secrets are never shown again."""
        async with db.read() as tx:
            rows = await tx.fetch("select * from api_key order by created_at desc limit 1000")
        return [ApiKeyRead.model_validate(dict(row)) for row in rows]

    @routes.post("", status_code=201, response_model=ApiKeyCreated, responses=problems(403, 422))
    async def create_key(body: NewApiKey, principal: admin, once: OnceOnly) -> Response:
        """Make a key. You can only grant scopes that you hold yourself."""
        beyond = sorted(set(body.scopes) - principal.scopes)
        if beyond:
            raise Forbidden(f"You cannot grant {' '.join(beyond)} because you do not hold it.")
        return await once.run(lambda tx: _create(tx, body, principal), status=201)

    @routes.post("/{key_id}/rotate", response_model=ApiKeyCreated, responses=problems(404, 422))
    async def rotate_key(key_id: str, principal: admin, once: OnceOnly) -> Response:
        """Give the key a new secret. The old one keeps working for 24 hours."""
        return await once.run(lambda tx: _rotate(tx, key_id, principal))

    @routes.delete("/{key_id}", status_code=204, responses=problems(404))
    async def revoke_key(key_id: str, principal: admin, db: DB) -> None:
        """Revoke the key at once."""
        async with db.transaction() as tx:
            rows = await tx.fetch("update api_key set revoked_at = $2 where id = $1 returning id", key_id, tx.now)
            if not rows:
                raise NotFound("API key", key_id)
            tx.audit(principal.subject, "api_key.revoked", f"api_key/{key_id}")

    return routes


async def _create(tx: Tx, body: NewApiKey, principal: Principal) -> ApiKeyCreated:
    key_id, secret = secrets.token_hex(6), new_secret()
    expires = tx.now + timedelta(days=body.expires_in_days) if body.expires_in_days else None
    rows = await tx.fetch(
        """insert into api_key (id, name, scopes, secret_hash, created_by, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7) returning *""",
        key_id,
        body.name,
        sorted(set(body.scopes)),
        _hash(secret),
        principal.subject,
        tx.now,
        expires,
    )
    tx.audit(principal.subject, "api_key.created", f"api_key/{key_id}", {"scopes": body.scopes})
    return ApiKeyCreated(**dict(rows[0]), key=f"{PREFIX}{key_id}_{secret}")


async def _rotate(tx: Tx, key_id: str, principal: Principal) -> ApiKeyCreated:
    secret = new_secret()
    rows = await tx.fetch(
        """update api_key set previous_hash = secret_hash, previous_until = $3, secret_hash = $2
           where id = $1 and revoked_at is null returning *""",
        key_id,
        _hash(secret),
        tx.now + ROTATION_GRACE,
    )
    if not rows:
        raise NotFound("API key", key_id)
    tx.audit(principal.subject, "api_key.rotated", f"api_key/{key_id}")
    return ApiKeyCreated(**dict(rows[0]), key=f"{PREFIX}{key_id}_{secret}")
