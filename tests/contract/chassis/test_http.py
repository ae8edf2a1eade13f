"""What every endpoint of the house promises, shown on the example service."""

import asyncio
from uuid import UUID

import pytest

from chassis.ids import uuid7
from contracts.cases import CaseReopened
from tests.contract.chassis.conftest import build_counters
from tests.support.world import World, eventually

BOTH = ("counters:read", "counters:write")


class TestProblems:
    async def test_malformed_body_names_the_field(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        answer = await client.post(f"/v1/counters/{counter}/raise", json={"by": 0})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["pointer"] for error in answer.json()["errors"]] == ["#/by"]

    async def test_broken_json_is_a_bad_request(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        answer = await client.post(
            f"/v1/counters/{counter}/raise", content=b'{"by": ', headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["type"] == "urn:posthouse:problem:bad-request"

    async def test_unknown_id_is_404(self, world: World) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        missing = uuid7()
        answer = await client.get(f"/v1/counters/{missing}")
        assert answer.status_code == 404
        assert str(missing) in answer.json()["detail"]

    async def test_unknown_route_and_method_are_problems(self, world: World) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        missing, wrong = await client.get("/v1/nothing"), await client.put("/v1/counters/webhook")
        assert (missing.status_code, wrong.status_code) == (404, 405)
        assert {answer.headers["content-type"] for answer in (missing, wrong)} == {"application/problem+json"}

    async def test_oversize_body_is_413_by_header_and_while_reading(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)

        async def unannounced() -> object:
            for _ in range(10):
                yield b"x" * 1000

        path = f"/v1/counters/{counter}/raise"
        declared = await client.post(path, content=b"x" * 5000)
        streamed = await client.post(path, content=unannounced())
        assert (declared.status_code, streamed.status_code) == (413, 413)

    async def test_unstorable_text_is_a_bad_request(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        answer = await client.get("/v1/audit?resource=%00")
        body = await client.post(f"/v1/counters/{counter}/raise", json={"by": 1, "reason": "a\0b"})
        assert (answer.status_code, body.status_code) == (400, 400)

    async def test_a_crash_is_a_problem_without_its_cause(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        answer = await client.post(f"/v1/counters/{counter}/raise", json={"by": 1, "reason": "explode"})
        assert answer.status_code == 500
        assert "as asked" not in answer.text
        assert (await client.get(f"/v1/counters/{counter}")).status_code == 404, "nothing half-done"


class TestAuthorisation:
    async def test_nobody_is_401(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters))
        answer = await client.get(f"/v1/counters/{counter}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_wrong_scope_is_403_and_says_which(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), "counters:read")
        answer = await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
        assert answer.status_code == 403
        assert answer.json()["missing_scopes"] == ["counters:write"]

    @pytest.mark.parametrize("claims", [{"iss": "http://evil"}, {"aud": "other"}, {"exp": 1}])
    async def test_foreign_or_stale_tokens_are_refused(self, world: World, counter: UUID, claims: dict) -> None:
        service = await world.start(build_counters)
        token = world.issuer.token("agent-1", BOTH, **claims)
        client = world.client(service)
        answer = await client.get(f"/v1/counters/{counter}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401

    async def test_token_of_another_key_is_refused(self, world: World, counter: UUID) -> None:
        from tests.support.tokens import TestIssuer

        client = world.client(await world.start(build_counters))
        forged = TestIssuer().token("agent-1", BOTH)
        answer = await client.get(f"/v1/counters/{counter}", headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401

    async def test_unsigned_token_is_refused(self, world: World, counter: UUID) -> None:
        import jwt

        client = world.client(await world.start(build_counters))
        unsigned = jwt.encode({"sub": "x"}, None, algorithm="none")
        answer = await client.get(f"/v1/counters/{counter}", headers={"Authorization": f"Bearer {unsigned}"})
        assert answer.status_code == 401


class TestApiKeys:
    async def test_life_of_a_key(self, world: World, counter: UUID) -> None:
        service = await world.start(build_counters)
        admin = world.client(service, "counters:admin", *BOTH)
        made = (await admin.post("/v1/api-keys", json={"name": "shop", "scopes": ["counters:write"]})).json()
        shop = world.client(service)
        path, old = f"/v1/counters/{counter}/raise", {"Authorization": f"Bearer {made['key']}"}
        assert (await shop.post(path, json={"by": 1}, headers=old)).status_code == 201
        assert (await shop.get(f"/v1/counters/{counter}", headers=old)).status_code == 403
        fresh = (await admin.post(f"/v1/api-keys/{made['id']}/rotate")).json()["key"]
        service._api_keys.forget(made["id"])
        new = {"Authorization": f"Bearer {fresh}"}
        assert [(await shop.post(path, json={"by": 1}, headers=each)).status_code for each in (old, new)] == [201, 201]
        listed = (await admin.get("/v1/api-keys")).text
        assert made["key"].rsplit("_", 1)[1] not in listed, "the secret is shown once"
        assert (await admin.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
        service._api_keys.forget(made["id"])
        assert (await shop.post(path, json={"by": 1}, headers=new)).status_code == 401

    async def test_scopes_beyond_ones_own_cannot_be_granted(self, world: World) -> None:
        admin = world.client(await world.start(build_counters), "counters:admin")
        answer = await admin.post("/v1/api-keys", json={"name": "x", "scopes": ["counters:write"]})
        assert answer.status_code == 403

    async def test_wrong_secret_is_refused(self, world: World, counter: UUID) -> None:
        service = await world.start(build_counters)
        admin = world.client(service, "counters:admin", *BOTH)
        made = (await admin.post("/v1/api-keys", json={"name": "shop", "scopes": ["counters:read"]})).json()
        for forged in (made["key"][:-1] + "!", f"phk_{made['id']}_", "phk_nothing_x", "phk_"):
            answer = await world.client(service).get(
                f"/v1/counters/{counter}", headers={"Authorization": f"Bearer {forged}"}
            )
            assert answer.status_code == 401, forged


class TestIdempotency:
    async def test_repeated_key_repeats_the_first_answer(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        send = lambda: client.post(  # noqa: E731
            f"/v1/counters/{counter}/raise", json={"by": 5}, headers={"Idempotency-Key": "k1"}
        )
        first, second = await send(), await send()
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json() == {"value": 5, "reason": ""}
        assert second.headers["idempotency-replayed"] == "true"
        assert first.headers["etag"] == second.headers["etag"]

    async def test_another_body_under_the_key_is_422(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        path, key = f"/v1/counters/{counter}/raise", {"Idempotency-Key": "k1"}
        await client.post(path, json={"by": 5}, headers=key)
        answer = await client.post(path, json={"by": 6}, headers=key)
        assert answer.status_code == 422
        assert (await client.get(f"/v1/counters/{counter}")).json() == {"value": 5}

    async def test_simultaneous_repeats_take_effect_once(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        answers = await asyncio.gather(
            *(
                client.post(f"/v1/counters/{counter}/raise", json={"by": 5}, headers={"Idempotency-Key": "k1"})
                for _ in range(10)
            )
        )
        assert {answer.json()["value"] for answer in answers} == {5}
        assert (await client.get(f"/v1/counters/{counter}")).json() == {"value": 5}

    async def test_keys_of_two_callers_are_apart(self, world: World, counter: UUID) -> None:
        service = await world.start(build_counters)
        path, key = f"/v1/counters/{counter}/raise", {"Idempotency-Key": "k1"}
        for subject in ("agent-1", "agent-2"):
            answer = await world.client(service, *BOTH, subject=subject).post(path, json={"by": 1}, headers=key)
            assert "idempotency-replayed" not in answer.headers

    async def test_a_failed_attempt_leaves_the_key_free(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        path, key = f"/v1/counters/{counter}/raise", {"Idempotency-Key": "k1"}
        assert (await client.post(path, json={"by": 1, "reason": "explode"}, headers=key)).status_code == 500
        assert (await client.post(path, json={"by": 1}, headers=key)).status_code == 201


class TestVersions:
    async def test_stale_if_match_is_412_and_changes_nothing(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        path = f"/v1/counters/{counter}/raise"
        await client.post(path, json={"by": 5})
        assert (await client.post(path, json={"by": 1}, headers={"If-Match": '"4"'})).status_code == 412
        assert (await client.post(path, json={"by": 1}, headers={"If-Match": '"5"'})).status_code == 201
        assert (await client.post(path, json={"by": 1}, headers={"If-Match": "junk"})).status_code == 400


class TestOutages:
    async def test_database_away_is_503_and_not_ready_then_recovers(
        self, world: World, counter: UUID, postgres_server
    ) -> None:  # type: ignore[no-untyped-def]
        service = await world.start(build_counters)
        client = world.client(service, *BOTH)
        assert (await client.get("/readyz")).status_code == 200
        postgres_server.kill()
        try:
            answer = await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
            assert answer.status_code == 503
            assert "retry-after" in answer.headers
            await eventually(lambda: _status(client, "/readyz"), lambda status: status == 503)
            assert (await client.get("/livez")).status_code == 200, "an outage must not restart pods"
            assert (await client.post("/v1/counters/webhook")).status_code == 503
        finally:
            postgres_server.start()
        await eventually(lambda: _status(client, "/readyz"), lambda status: status == 200)
        assert (await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})).status_code == 201
        assert len(await world.wait_published(CaseReopened)) == 1


class TestObservation:
    async def test_metrics_name_the_route_not_the_id(self, world: World, counter: UUID) -> None:
        client = world.client(await world.start(build_counters), *BOTH)
        await client.get(f"/v1/counters/{counter}")
        text = (await client.get("/metrics")).text
        assert 'route="/v1/counters/{counter}"' in text
        assert str(counter) not in text

    async def test_audit_is_read_by_auditors_only(self, world: World, counter: UUID) -> None:
        service = await world.start(build_counters)
        await world.client(service, *BOTH).post(f"/v1/counters/{counter}/raise", json={"by": 3})
        assert (await world.client(service, *BOTH).get("/v1/audit")).status_code == 403
        auditor = world.client(service, "audit:read")
        page = (await auditor.get(f"/v1/audit?resource=counter/{counter}")).json()
        assert [(entry["actor"], entry["action"]) for entry in page["items"]] == [("agent-1", "counter.raised")]

    async def test_openapi_describes_problems_and_no_framework_errors(self, world: World) -> None:
        service = await world.start(build_counters)
        document = service.app.openapi()
        operation = document["paths"]["/v1/counters/{counter}/raise"]["post"]
        assert {"201", "400", "401", "403", "404", "412", "413", "422", "503"} <= set(operation["responses"])
        assert "HTTPValidationError" not in str(document)


async def _status(client, path: str) -> int:  # type: ignore[no-untyped-def]
    return (await client.get(path)).status_code
