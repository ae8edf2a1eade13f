"""schemathesis over every service's OpenAPI document: no 5xx, no undocumented answer, whatever is sent."""

import os
from functools import cache

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from posthouse.contract_documents.files import OPENAPI, ROOT
from posthouse.demo.agent import Agent
from posthouse.registry import SERVICES
from tests.support.house import House

LARGE = os.environ.get("POSTHOUSE_FUZZ") == "large"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Streams never end, so a fuzzer cannot wait for them; they have tests of their own.
STREAMS = ("/v1/events", "/v1/live", "/v1/interactions/{interaction_id}/typing")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("house"), pytest.mark.timeout(3000 if LARGE else 600)]


@cache
def admin_token(url: str) -> str:
    """A token with every scope the local issuer grants."""
    import asyncio

    async def sign_in() -> str:
        async with Agent(url, "admin") as agent:
            return str(agent.http.headers["Authorization"])

    return asyncio.run(sign_in())


def operations(service: str, prefix: str):  # type: ignore[no-untyped-def]
    """Each operation of a service as (name, operation)."""
    schema = schemathesis.openapi.from_path(str(ROOT / OPENAPI / f"{service}.json"))
    schema.config.base_url = f"http://placeholder{prefix}"
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.method.lower() == "get" and operation.path.removeprefix(prefix) in STREAMS:
            continue
        yield pytest.param(prefix, operation, id=f"{service} {operation.method.upper()} {operation.path}")


ALL = [case for entry in SERVICES for case in operations(entry.name, entry.prefix)]


@pytest.mark.parametrize(("prefix", "operation"), ALL)
def test_operation(house: House, prefix: str, operation) -> None:  # type: ignore[no-untyped-def]
    headers = {"Authorization": admin_token(house.url)}

    @settings(
        max_examples=200 if LARGE else 8,
        deadline=None,
        derandomize=not LARGE,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)))
    def fuzz(case) -> None:  # type: ignore[no-untyped-def]
        response = case.call(base_url=f"{house.url}{prefix}", headers=headers, timeout=30)
        case.validate_response(response, checks=CHECKS)

    fuzz()


def test_every_service_survived(house: House) -> None:
    """After all that the house is as healthy as before."""
    assert httpx.get(f"{house.url}/readyz", trust_env=False).json() == {"status": "ok", "obstacles": {}}
