"""The kill -9 proof: while messages flow, every process, PostgreSQL and Kafka are killed and restarted.

Afterwards every accepted message stands in its timeline exactly once and in order, and every reply was sent once.
`make test` runs it small, `make chaos` (POSTHOUSE_CHAOS=large) with 2,000 messages and every service.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from chassis.ids import derived_id
from chassis.twilio.signature import sign
from posthouse.demo.environment import ACCOUNT_SID, NUMBER_EN
from tests.chaos.cluster import AUTH_TOKEN, Cluster
from tests.support.folders import database_folder
from tests.support.world import eventually

LARGE = os.environ.get("POSTHOUSE_CHAOS") == "large"
CUSTOMERS, EACH, KILLS = (40, 50, 24) if LARGE else (8, 15, 6)
REPLIES_EVERY = 5
ALL = ("sms", "cases", "routing", "insights", "tracking-gateway", "voice", "email", "chat")
SERVICES = ALL if LARGE else ("sms", "cases", "routing")
PATIENCE = 600 if LARGE else 150


@dataclass
class Traffic:
    """Customers who text, and a supervisor who answers; both insist until they are told that it is durable."""

    cluster: Cluster
    http: httpx.AsyncClient
    accepted: int = 0
    refusals: int = 0
    replied: set[str] = field(default_factory=set)

    async def customer(self, number: int) -> None:
        """Send the texts one after the other, each as often as Twilio would have to."""
        for index in range(EACH):
            await self._insist(lambda index=index: self._text(number, index))  # type: ignore[misc]
            self.accepted += 1

    async def answers(self, number: int) -> None:
        """Answer the customer's case a few times while messages still come in."""
        case_id = await self._case_of(number)
        for index in range(EACH // REPLIES_EVERY):
            text = reply_text(number, index)
            await self._insist(lambda text=text: self._reply(case_id, text))  # type: ignore[misc]
            self.replied.add(text)

    async def timeline(self, number: int) -> list[dict[str, Any]]:
        """The entries of the customer's case; empty while the house is away."""
        try:
            case_id = await self._case_of(number)
            answer = await self.http.get(
                f"{self.cluster.url('cases')}/cases/v1/cases/{case_id}/timeline",
                params={"limit": "200"},
                headers=self._token(),
            )
            return answer.raise_for_status().json()["items"]
        except httpx.HTTPError:
            return []

    async def _text(self, number: int, index: int) -> httpx.Response:
        url = f"{self.cluster.url('sms')}/sms/v1/twilio/messages"
        form = {
            "MessageSid": f"SM{derived_id('chaos', str(number), str(index)).hex}",
            "AccountSid": ACCOUNT_SID,
            "From": phone(number),
            "To": NUMBER_EN,
            "Body": message_text(number, index),
            "NumMedia": "0",
        }
        body = urlencode(form).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(AUTH_TOKEN, url, list(form.items())),
        }
        return await self.http.post(url, content=body, headers=headers)

    async def _reply(self, case_id: str, text: str) -> httpx.Response:
        return await self.http.post(
            f"{self.cluster.url('cases')}/cases/v1/cases/{case_id}/messages",
            json={"text": text},
            headers={**self._token(), "Idempotency-Key": text},
        )

    async def _case_of(self, number: int) -> str:
        async def look() -> str | None:
            async with self._looking:  # customers that wait together need one look
                if number not in self._cases:
                    with suppress(httpx.HTTPError):
                        await self._find_cases()
            return self._cases.get(number)

        return str(await eventually(look, timeout=PATIENCE))

    async def _find_cases(self) -> None:
        known = set(self._cases.values())
        url = f"{self.cluster.url('cases')}/cases/v1/cases"
        answer = await self.http.get(url, params={"state": "all", "limit": "200"}, headers=self._token())
        for case_id in {case["id"] for case in answer.raise_for_status().json()["items"]} - known:
            detail = await self.http.get(f"{url}/{case_id}", headers=self._token())
            for interaction in detail.raise_for_status().json()["interactions"]:
                self._cases[int(interaction["address"].removeprefix(PHONE_PREFIX))] = case_id

    _cases: dict[int, str] = field(default_factory=dict)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def _token(self) -> dict[str, str]:
        scopes = ("cases:read", "cases:write", "cases:admin", "personal:read")
        return {"Authorization": f"Bearer {self.cluster.issuer.token('supervisor', scopes)}"}

    async def _insist(self, attempt: Any) -> None:
        """Repeat on refused connections, cut answers and 5xx; anything else that is no success is a bug."""
        while True:
            try:
                answer = await attempt()
            except httpx.TransportError:
                self.refusals += 1
            else:
                if answer.is_success:
                    return
                assert answer.status_code >= 500, f"{answer.status_code} {answer.text}"
                self.refusals += 1
            await asyncio.sleep(0.05)


PHONE_PREFIX = "+1202555"


def phone(number: int) -> str:
    return f"{PHONE_PREFIX}{number:04d}"


def message_text(number: int, index: int) -> str:
    return f"customer {number} message {index:03d}"


def reply_text(number: int, index: int) -> str:
    return f"reply {index:03d} to customer {number}"


@pytest.fixture(params=["log", pytest.param("kafka", marks=pytest.mark.kafka)])
async def cluster(request: pytest.FixtureRequest) -> AsyncIterator[Cluster]:
    with database_folder() as folder:
        folder.mkdir(mode=0o755)
        async with Cluster(folder, request.param, SERVICES).running() as made:
            yield made


@pytest.mark.slow
@pytest.mark.timeout(1500 if LARGE else 400)
async def test_nothing_is_lost_doubled_or_reordered(cluster: Cluster) -> None:
    async with httpx.AsyncClient(timeout=10, trust_env=False, limits=httpx.Limits(max_connections=60)) as http:
        traffic = Traffic(cluster, http)
        try:
            async with asyncio.timeout(PATIENCE + 120), asyncio.TaskGroup() as flowing:
                for number in range(CUSTOMERS):
                    flowing.create_task(traffic.customer(number))
                    flowing.create_task(traffic.answers(number))
                flowing.create_task(_kill_at_random_points(cluster, traffic))
            for number in range(CUSTOMERS):
                await _all_arrived(traffic, number)
            await _all_sent(cluster, traffic)
        except (AssertionError, TimeoutError, ExceptionGroup) as error:
            tails = "\n".join(f"--- {name}\n{cluster.log_tail(name, 15)}" for name in cluster.services)
            raise AssertionError(f"{error}\n{tails}") from error
    assert traffic.accepted == CUSTOMERS * EACH


async def _kill_at_random_points(cluster: Cluster, traffic: Traffic) -> None:
    """Spread over the traffic, so that each victim dies at least once while messages flow."""
    chance = random.Random(20260105)
    order = [
        victim
        for _ in range(KILLS // len(cluster.victims) + 1)
        for victim in chance.sample(cluster.victims, k=len(cluster.victims))
    ]
    total = CUSTOMERS * EACH
    for number, victim in enumerate(order):
        goal = total * (number + chance.random()) / (len(order) + 1)

        async def progress() -> int:
            return traffic.accepted

        await eventually(progress, lambda done, goal=goal: done >= min(goal, total), timeout=PATIENCE)  # type: ignore[misc]
        await cluster.kill_and_restart(victim)


async def _all_arrived(traffic: Traffic, number: int) -> None:
    expected = [message_text(number, index) for index in range(EACH)]

    async def received() -> list[str]:
        entries = await traffic.timeline(number)
        return [entry["text"] for entry in entries if entry["kind"] == "message_in"]

    found = await eventually(received, lambda texts: len(texts) >= EACH, timeout=PATIENCE)
    assert found == expected, "every message once and in order"


async def _all_sent(cluster: Cluster, traffic: Traffic) -> None:
    expected = {reply_text(number, index) for number in range(CUSTOMERS) for index in range(EACH // REPLIES_EVERY)}
    assert traffic.replied == expected

    async def sent() -> list[str]:
        world = cluster.twilio.state.simulator.world
        return [message.body for message in world.messages.values() if message.body.startswith("reply ")]

    found = await eventually(sent, lambda bodies: set(bodies) >= expected, timeout=PATIENCE)
    assert sorted(found) == sorted(expected), "every reply once"
