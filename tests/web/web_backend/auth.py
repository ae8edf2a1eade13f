"""An issuer that signs nobody's name but does everything the browser sees: discovery, code, PKCE, refresh."""

import base64
import hashlib
import json
import secrets
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from web_backend.problems import Refusal

router = APIRouter(prefix="/auth")
USERS = {"li.na": "李娜 Li Na", "wang.wei": "王伟 Wang Wei"}
_codes: dict[str, tuple[str, str]] = {}


def token(user: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'sub': user, 'name': USERS[user], 'roles': ['agent']})}."


def signed_in(request: Request) -> str:
    """The agent whose token the request carries."""
    parts = request.headers.get("authorization", "").removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        raise Refusal(401, "Authentication is required", "Send a bearer token.")
    return str(json.loads(base64.urlsafe_b64decode(parts[1] + "=="))["sub"])


@router.get("/.well-known/openid-configuration")
def discovery(request: Request) -> dict[str, str]:
    issuer = f"{request.base_url}auth"
    return {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token"}


@router.get("/authorize")
def page(request: Request) -> HTMLResponse:
    buttons = "".join(f'<button name="user" value="{user}">{name}</button>' for user, name in USERS.items())
    query = urlencode(dict(request.query_params))
    return HTMLResponse(
        f'<!doctype html><title>issuer</title><form method="post" action="authorize?{query}">{buttons}</form>'
    )


@router.post("/authorize")
def authorize(request: Request, user: str = Form()) -> RedirectResponse:
    code = secrets.token_urlsafe()
    _codes[code] = (user, request.query_params["code_challenge"])
    answer = urlencode({"code": code, "state": request.query_params["state"]})
    return RedirectResponse(f"{request.query_params['redirect_uri']}?{answer}", 303)


@router.post("/token")
def redeem(
    grant_type: str = Form(), code: str = Form(""), code_verifier: str = Form(""), refresh_token: str = Form("")
) -> JSONResponse:
    if grant_type == "refresh_token":
        user = refresh_token
    else:
        user, challenge = _codes.pop(code)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
    return JSONResponse(
        {"access_token": token(user), "refresh_token": user, "expires_in": 3600, "token_type": "Bearer"}
    )
