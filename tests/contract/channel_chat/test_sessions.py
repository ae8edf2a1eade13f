"""Sessions: who a visitor is, and which pages may ask."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.contract.channel_chat.conftest import (
    IDENTITY_SECRET,
    OLD_IDENTITY_SECRET,
    ORIGIN,
    SITE,
    new_session,
)

PATH = f"/v1/sites/{SITE}/sessions"


def identity(secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    """A user of the site, signed by the site."""
    soon = int((datetime.now(UTC) + timedelta(seconds=120)).timestamp())
    return jwt.encode({"sub": "user-42", "name": "王芳", "exp": soon, **claims}, secret, algorithm="HS256")


class TestAnonymous:
    async def test_gets_a_token_and_everything_a_client_needs(self, web: httpx.AsyncClient) -> None:
        session = await new_session(web, language="en", display_name=" Ann\x00 ")
        assert session["visitor_id"].startswith("v-")
        assert not session["verified"]
        assert (session["display_name"], session["language"]) == ("Ann", "en")
        assert (session["interaction_id"], session["last_seq"], session["read_seq"]) == (None, 0, 0)
        assert session["socket_path"] == f"/chat/v1/sites/{SITE}/socket"
        assert session["limits"]["typing_ttl_ms"] == 6000

    async def test_comes_back_with_the_token(self, web: httpx.AsyncClient) -> None:
        first = await new_session(web, display_name="Ann")
        again = await new_session(web, token=first["token"], language="en")
        assert again["visitor_id"] == first["visitor_id"]
        assert (again["display_name"], again["language"]) == ("Ann", "en")

    async def test_two_visitors_are_two(self, web: httpx.AsyncClient) -> None:
        assert (await new_session(web))["visitor_id"] != (await new_session(web))["visitor_id"]

    async def test_a_forged_token_is_401(self, web: httpx.AsyncClient) -> None:
        token = (await new_session(web))["token"]
        head, body, proof = token.split(".")
        for index in range(0, len(proof) - 1, 5):
            other = "A" if proof[index] != "A" else "B"
            forged = f"{head}.{body}.{proof[:index]}{other}{proof[index + 1 :]}"
            assert (await web.post(PATH, json={"token": forged})).status_code == 401

    async def test_a_token_without_signature_is_401(self, web: httpx.AsyncClient) -> None:
        claims = {"sub": "v-1", "site": SITE, "aud": "widget", "iss": "posthouse-chat", "exp": 4_000_000_000}
        assert (await web.post(PATH, json={"token": jwt.encode(claims, None, algorithm="none")})).status_code == 401

    async def test_a_token_of_another_site_is_403(self, web: httpx.AsyncClient) -> None:
        token = (await new_session(web))["token"]
        answer = await web.post(
            "/v1/sites/other/sessions", json={"token": token}, headers={"Origin": "https://other.test"}
        )
        assert answer.status_code == 403


class TestIdentified:
    @pytest.mark.parametrize("secret", [IDENTITY_SECRET, OLD_IDENTITY_SECRET])
    async def test_is_the_same_visitor_everywhere(self, web: httpx.AsyncClient, secret: str) -> None:
        one = await new_session(web, identity=identity(secret))
        other = await new_session(web, identity=identity(secret))
        assert one["visitor_id"] == other["visitor_id"] == f"u-{SITE}-user-42"
        assert one["verified"]
        assert one["display_name"] == "王芳"

    async def test_signing_in_does_not_show_the_anonymous_conversation(self, web: httpx.AsyncClient) -> None:
        anonymous = await new_session(web)
        signed_in = await new_session(web, token=anonymous["token"], identity=identity())
        assert signed_in["visitor_id"] != anonymous["visitor_id"]

    @pytest.mark.parametrize(
        "bad",
        [
            identity("wrong-secret-wrong-secret-wrong-secret"),
            identity(exp=int(datetime.now(UTC).timestamp()) - 60),
            identity(exp=int(datetime.now(UTC).timestamp()) + 3600),
            identity(sub=""),
            identity(sub="x" * 300),
            jwt.encode({"sub": "user-42"}, IDENTITY_SECRET, algorithm="HS256"),
            jwt.encode({"exp": 4_000_000_000}, IDENTITY_SECRET, algorithm="HS256"),
            jwt.encode({"sub": "u", "exp": 4_000_000_000}, None, algorithm="none"),
            "nonsense",
        ],
    )
    async def test_what_proves_nothing_is_401(self, web: httpx.AsyncClient, bad: str) -> None:
        assert (await web.post(PATH, json={"identity": bad})).status_code == 401

    async def test_a_site_without_secrets_has_no_users(self, web: httpx.AsyncClient) -> None:
        answer = await web.post(
            "/v1/sites/other/sessions", json={"identity": identity()}, headers={"Origin": "https://other.test"}
        )
        assert answer.status_code == 401


class TestOrigins:
    async def test_own_pages_may(self, web: httpx.AsyncClient) -> None:
        answer = await web.post(PATH, json={})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "origin" in answer.headers["vary"].lower()

    @pytest.mark.parametrize("origin", ["https://evil.test", "null", "https://shop.test.evil.test", "http://shop.test"])
    async def test_other_pages_may_not(self, web: httpx.AsyncClient, origin: str) -> None:
        answer = await web.post(PATH, json={}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers

    async def test_preflight(self, web: httpx.AsyncClient) -> None:
        ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        allowed = await web.options(PATH, headers=ask)
        assert allowed.status_code == 204
        assert allowed.headers["access-control-allow-origin"] == ORIGIN
        refused = await web.options(PATH, headers={**ask, "Origin": "https://evil.test"})
        assert refused.status_code == 403


class TestBadInput:
    async def test_unknown_site_is_404(self, web: httpx.AsyncClient) -> None:
        assert (await web.post("/v1/sites/nowhere/sessions", json={})).status_code == 404

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"language": "klingon"}, "#/language"),
            ({"display_name": "x" * 81}, "#/display_name"),
            ({"sit": 1}, "#/sit"),
        ],
    )
    async def test_malformed_names_the_field(self, web: httpx.AsyncClient, body: dict[str, Any], pointer: str) -> None:
        answer = await web.post(PATH, json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_oversize_is_413(self, web: httpx.AsyncClient) -> None:
        assert (await web.post(PATH, content=b"x" * 1_100_000)).status_code == 413


@pytest.mark.parametrize("parameters", [{"session_burst": 3, "session_rate": 0.001}], indirect=True)
async def test_too_many_sessions_of_an_address_are_429(web: httpx.AsyncClient) -> None:
    statuses = [(await web.post(PATH, json={})).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    assert (await web.post(PATH, json={})).headers["retry-after"]
