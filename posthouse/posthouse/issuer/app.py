"""The issuer's endpoints: authorization code with PKCE (RFC 7636), refresh tokens, discovery, keys."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from posthouse.issuer.page import sign_in_page
from posthouse.issuer.tokens import ACCESS_SECONDS, TokenMaker
from posthouse.issuer.users import User

CODE_SECONDS = 60
_MAX_FORM_BYTES = 16_384


@dataclass(frozen=True)
class _Code:
    user: User
    client_id: str
    redirect_uri: str
    challenge: str
    expires_at: float


class _Refused(Exception):
    """An OAuth error (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


def build_issuer(
    maker: TokenMaker, users: Sequence[User], *, clients: Mapping[str, Sequence[str]], demo: bool
) -> Starlette:
    """The issuer's app. `clients` maps client ids to their redirect addresses; `demo` lets users in by a click."""
    return _Issuer(maker, users, clients, demo).app()


class _Issuer:
    def __init__(
        self, maker: TokenMaker, users: Sequence[User], clients: Mapping[str, Sequence[str]], demo: bool
    ) -> None:
        self._maker = maker
        self._users = {user.id: user for user in users}
        self._clients = clients
        self._demo = demo
        self._codes: dict[str, _Code] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._keys),
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        issuer = self._maker.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "subject_types_supported": ["public"],
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(self._maker.key.public_set())

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        problem = self._check_request(query)
        if problem:
            return HTMLResponse(sign_in_page([], query, message=problem, demo=self._demo), status_code=400)
        if request.method == "GET":
            return HTMLResponse(sign_in_page(list(self._users.values()), query, demo=self._demo))
        form = await _form(request)
        user = self._signed_in(form)
        if user is None:
            page = sign_in_page(
                list(self._users.values()),
                query,
                message="用户名或密码不正确 · Wrong user name or password",
                demo=self._demo,
            )
            return HTMLResponse(page, status_code=401)
        code = secrets.token_urlsafe(32)
        self._forget_expired()
        self._codes[code] = _Code(
            user, query["client_id"], query["redirect_uri"], query["code_challenge"], time.monotonic() + CODE_SECONDS
        )
        answer = urlencode({"code": code, "state": query.get("state", "")})
        return RedirectResponse(f"{query['redirect_uri']}?{answer}", status_code=303)

    def _check_request(self, query: Mapping[str, str]) -> str | None:
        allowed = self._clients.get(query.get("client_id", ""))
        if allowed is None:
            return "Unknown client_id."
        if query.get("redirect_uri") not in allowed:
            return "This redirect_uri is not registered for the client."
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return "Only response_type=code with code_challenge_method=S256 is supported."
        if not 43 <= len(query.get("code_challenge", "")) <= 128:
            return "A PKCE code_challenge of 43 to 128 characters is required."
        return None

    def _signed_in(self, form: Mapping[str, str]) -> User | None:
        user = self._users.get(form.get("user", ""))
        if user is None:
            return None
        if self._demo and user.password_hash is None:
            return user
        return user if user.accepts(form.get("password", "")) else None

    async def _token(self, request: Request) -> Response:
        try:
            user = self._granted(await _form(request))
        except _Refused as refusal:
            body = {"error": refusal.error, "error_description": refusal.description}
            return JSONResponse(body, status_code=400, headers={"Cache-Control": "no-store"})
        answer: dict[str, Any] = {
            "access_token": self._maker.access(user),
            "refresh_token": self._maker.refresh(user),
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(user.scopes),
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _granted(self, form: Mapping[str, str]) -> User:
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self._redeem(form)
        if grant == "refresh_token":
            try:
                subject = self._maker.refreshed_subject(form.get("refresh_token", ""))
            except jwt.PyJWTError as error:
                raise _Refused("invalid_grant", "The refresh token is not valid.") from error
            if subject not in self._users:
                raise _Refused("invalid_grant", "The user no longer exists.")
            return self._users[subject]
        raise _Refused("unsupported_grant_type", "Use authorization_code or refresh_token.")

    def _redeem(self, form: Mapping[str, str]) -> User:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.expires_at < time.monotonic():
            raise _Refused("invalid_grant", "The code is unknown, used or expired. Sign in again.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        matches = hmac.compare_digest(challenge, code.challenge)
        if not matches or form.get("client_id") != code.client_id or form.get("redirect_uri") != code.redirect_uri:
            raise _Refused("invalid_grant", "The code was issued to another client or verifier.")
        return code.user

    def _forget_expired(self) -> None:
        now = time.monotonic()
        self._codes = {name: code for name, code in self._codes.items() if code.expires_at > now}


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
