"""The all-in-one process from outside: probes, pages, sign-in, memory."""

import contextlib

import httpx
import psutil
import pytest

from posthouse.demo.agent import Agent
from posthouse.registry import SERVICES
from tests.support.house import House

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("house"), pytest.mark.timeout(240)]

MEMORY_LIMIT_MB = 600


def test_every_service_answers_its_probes(house: House) -> None:
    for entry in SERVICES:
        for probe in ("/livez", "/readyz", "/startupz", "/metrics"):
            answer = httpx.get(f"{house.url}{entry.prefix}{probe}", trust_env=False)
            assert answer.status_code == 200, f"{entry.prefix}{probe}"


@pytest.mark.parametrize("path", ["/", "/desk/", "/widget/", "/phone/", "/cases/docs"])
def test_pages_are_served(house: House, path: str) -> None:
    answer = httpx.get(f"{house.url}{path}", trust_env=False)
    assert answer.status_code == 200
    assert "text/html" in answer.headers["content-type"]


def test_pages_carry_a_content_security_policy(house: House) -> None:
    policy = httpx.get(f"{house.url}/desk/", trust_env=False).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy


async def test_sign_in_and_scopes(house: House) -> None:
    async with Agent(house.url, "li.na") as agent:
        assert (await agent.get("/routing/v1/agents/me"))["presence"] == "offline"
        assert (await agent.http.get("/cases/v1/audit")).status_code == 403
    async with Agent(house.url, "chen.jing") as supervisor:
        assert (await supervisor.http.get("/cases/v1/audit")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "somebody-else"},
        {"redirect_uri": "https://evil.example/"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"response_type": "token"},
    ],
)
def test_issuer_refuses_unregistered_clients_and_weak_requests(house: House, change: dict[str, str]) -> None:
    query = {
        "client_id": "posthouse-desk",
        "redirect_uri": f"{house.url}/desk/",
        "response_type": "code",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    allowed = httpx.post(f"{house.url}/auth/authorize", params=query, data={"user": "li.na"}, trust_env=False)
    refused = httpx.post(f"{house.url}/auth/authorize", params=query | change, data={"user": "li.na"}, trust_env=False)
    assert (allowed.status_code, refused.status_code) == (303, 400)


def test_a_code_is_worth_nothing_without_its_verifier_and_only_once(house: House) -> None:
    query = {
        "client_id": "posthouse-desk",
        "redirect_uri": f"{house.url}/desk/",
        "response_type": "code",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    location = httpx.post(f"{house.url}/auth/authorize", params=query, data={"user": "li.na"}, trust_env=False).headers[
        "location"
    ]
    grant = {
        "grant_type": "authorization_code",
        "code": httpx.URL(location).params["code"],
        "client_id": "posthouse-desk",
        "redirect_uri": f"{house.url}/desk/",
        "code_verifier": "wrong",
    }
    for _ in range(2):
        answer = httpx.post(f"{house.url}/auth/token", data=grant, trust_env=False)
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"


def test_idle_memory_of_everything_stays_below_the_limit(house: House) -> None:
    """Proportional set size of the process and of its PostgreSQL, whose backends share memory."""
    family = psutil.Process(house.pid).children(recursive=True)
    folder = next(arg for child in family for arg in _arguments(child) if "house-" in arg)
    servers = [process for process in psutil.process_iter() if folder in " ".join(_arguments(process))]
    everything = {psutil.Process(house.pid), *family, *servers}
    everything |= {child for server in servers for child in server.children(recursive=True)}
    total = sum(_size(process) for process in everything)
    assert 50 * 2**20 < total < MEMORY_LIMIT_MB * 2**20


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _size(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0
