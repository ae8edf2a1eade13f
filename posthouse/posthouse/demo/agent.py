"""A scripted agent: signs in as a person would, takes offers, answers, closes. Speaks only the public API."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from chassis.ids import uuid7
from posthouse.allinone import DESK_CLIENT
from posthouse.demo.steps import expect, until

Json = dict[str, Any]


class Agent:
    """One signed-in agent at the desk's API."""

    def __init__(self, base_url: str, user: str) -> None:
        self.user = user
        self._base = base_url.rstrip("/")
        self.http = httpx.AsyncClient(base_url=self._base, timeout=20, trust_env=False)

    async def __aenter__(self) -> "Agent":
        await self.sign_in()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.http.aclose()

    async def sign_in(self) -> None:
        """Authorization code with PKCE, like the desk."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        redirect = f"{self._base}/desk/"
        query = {
            "client_id": DESK_CLIENT,
            "redirect_uri": redirect,
            "response_type": "code",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "state": secrets.token_urlsafe(8),
        }
        answer = await self.http.post("/auth/authorize", params=query, data={"user": self.user})
        expect(answer.status_code == 303, f"sign-in answered {answer.status_code}")
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "client_id": DESK_CLIENT,
            "redirect_uri": redirect,
        }
        token = (await self.http.post("/auth/token", data=grant)).raise_for_status().json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    async def go(self, presence: str, reason: str | None = None) -> None:
        """Become `available`, `away` or `offline`."""
        await self.put("/routing/v1/agents/me", {"presence": presence, "reason": reason})

    async def work(self) -> Json:
        """Open offers and assignments."""
        return await self.get("/routing/v1/agents/me/work")

    async def next_offer(self, channel: str, *, seconds: float = 20) -> Json:
        """Wait for an offer of this channel."""
        found = await until(
            self.work,
            lambda work: any(offer["channel"] == channel for offer in work["offers"]),
            f"an offer of {channel}",
            seconds=seconds,
        )
        return next(offer for offer in found["offers"] if offer["channel"] == channel)

    async def accept(self, offer: Json) -> Json:
        """Take the offered work; returns the case once it is this agent's."""
        await self.post(f"/routing/v1/offers/{offer['offer_id']}/accept", None)
        return await until(
            lambda: self.case(offer["case_id"]),
            lambda case: case["owner"] == self.user,
            "the case is owned by the agent who accepted",
        )

    async def case(self, case_id: str) -> Json:
        """A case."""
        return await self.get(f"/cases/v1/cases/{case_id}")

    async def timeline(self, case_id: str) -> list[Json]:
        """The entries of a case, oldest first."""
        items: list[Json] = (await self.get(f"/cases/v1/cases/{case_id}/timeline", limit="200"))["items"]
        return items

    async def reply(self, case_id: str, text: str) -> Json:
        """Answer the customer on the channel they used last."""
        return await self.post(f"/cases/v1/cases/{case_id}/messages", {"text": text})

    async def close(self, case_id: str, resolution: str = "answered") -> Json:
        """Close the case, saying why fields of its procedure stayed empty."""
        body = {"resolution": resolution, "deviation_reason": "scripted demo"}
        return await self.post(f"/cases/v1/cases/{case_id}/close", body)

    async def get(self, path: str, **params: str) -> Json:
        """GET, insisting on success."""
        return self._checked(await self.http.get(path, params=params))

    async def post(self, path: str, body: Json | None) -> Json:
        """POST with an idempotency key, insisting on success."""
        headers = {"Idempotency-Key": str(uuid7())}
        return self._checked(await self.http.post(path, json=body, headers=headers))

    async def put(self, path: str, body: Json) -> Json:
        """PUT, insisting on success."""
        return self._checked(await self.http.put(path, json=body))

    @staticmethod
    def _checked(answer: httpx.Response) -> Json:
        expect(
            answer.is_success,
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}",
        )
        return answer.json() if answer.content else {}
