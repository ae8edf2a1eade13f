"""Queues and agents as supervisors set them: versions, refusals, effect on what waits."""

from uuid import uuid4

from contracts.values import Channel, Language
from contracts.work import SkillNeed
from tests.contract.routing.conftest import Bench
from tests.support.world import eventually


class TestQueues:
    async def test_versions_guard_against_lost_changes(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            created = await admin.put("/v1/queues/claims", json={"name": "claims", "needs": {"claims": 2}})
            assert (created.status_code, created.headers["etag"]) == (200, '"1"')
            rules = {**created.json()["rules"], "offer_seconds": 40}
            changed = await admin.put("/v1/queues/claims", json=rules, headers={"If-Match": '"1"'})
            assert (changed.headers["etag"], changed.json()["changed_by"]) == ('"2"', "sue")
            stale = await admin.put("/v1/queues/claims", json=rules, headers={"If-Match": '"1"'})
            assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
            versions = (await admin.get("/v1/queues/claims/versions")).json()
            assert [one["version"] for one in versions] == [2, 1]
            assert "claims" in [one["name"] for one in (await admin.get("/v1/queues")).json()]

    async def test_rules_that_contradict_each_other_change_nothing(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            one = {"name": "one", "overflow": [{"when": "waited", "limit": 60, "to": "general"}]}
            two = {"name": "two", "overflow": [{"when": "length", "limit": 5, "to": "one"}]}
            assert (await admin.put("/v1/queues/one", json=one)).status_code == 200
            assert (await admin.put("/v1/queues/two", json=two)).status_code == 200
            circle = {"name": "one", "overflow": [{"when": "unstaffed", "to": "two"}]}
            refused = await admin.put("/v1/queues/one", json=circle)
            assert refused.status_code == 422
            assert "circle" in refused.json()["errors"][0]["detail"]
            nowhere = {"name": "one", "overflow": [{"when": "unstaffed", "to": "atlantis"}]}
            refused = await admin.put("/v1/queues/one", json=nowhere)
            assert refused.json()["errors"] == [
                {"pointer": "#/one/overflow/0/to", "detail": "there is no queue atlantis"}
            ]
            assert (await admin.get("/v1/queues/one")).json()["version"] == 1

    async def test_bad_rules_are_refused_by_field(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            for rules, pointer in (
                ({"name": "x", "offer_secnds": 10}, "#/offer_secnds"),
                ({"name": "x", "offers_at_once": 0}, "#/offers_at_once"),
                ({"name": "x", "needs": {"a": 9}}, "#/needs/a"),
                ({"name": "X y"}, "#/name"),
                ({"name": "other"}, "#/name"),
            ):
                answer = await admin.put("/v1/queues/x", json=rules)
                assert answer.status_code == 400, rules
                assert answer.json()["errors"][0]["pointer"] == pointer
            contradiction = await admin.put("/v1/queues/x", json={"name": "x", "needs": {"a": 1}, "none_of": ["a"]})
            assert "nobody could ever serve" in contradiction.json()["detail"]
            assert (await admin.get("/v1/queues/x")).status_code == 404

    async def test_new_rules_apply_to_what_waits(self, bench: Bench) -> None:
        await bench.available("ann")
        async with bench.admin() as admin:
            await admin.put("/v1/queues/claims", json={"name": "claims", "needs": {"claims": 1}})
            item = await bench.request(Channel.CHAT, "claims")
            assert await bench.offers("ann") == []
            await admin.put("/v1/queues/claims", json={"name": "claims"})
        await bench.offered("ann", item)

    async def test_work_for_an_unknown_queue_is_not_lost(self, bench: Bench) -> None:
        item = await bench.request(Channel.CHAT, "atlantis")
        async with bench.desk() as desk:
            state = (await desk.get(f"/v1/work/{item.work_item_id}")).json()
            decisions = (await desk.get(f"/v1/work/{item.work_item_id}/decisions")).json()
        assert (state["queue"], state["requested_queue"], state["state"]) == ("general", "atlantis", "waiting")
        assert [(one["kind"], one["detail"]) for one in decisions] == [("work_queued", {"because": "no_such_queue"})]

    async def test_stats_count_what_waits_and_who_could_serve(self, bench: Bench) -> None:
        await bench.available("ann", "bob")
        await bench.assigned("ann", channel=Channel.VOICE, queue="tracking")
        await bench.request(Channel.VOICE, "tracking")
        await bench.request(Channel.VOICE, "tracking")
        async with bench.desk() as desk:
            stats = (await desk.get("/v1/queues/tracking/stats")).json()
            assert (await desk.get("/v1/queues/atlantis/stats")).status_code == 404
        counts = {name: stats[name] for name in ("waiting", "offered", "assigned", "agents_signed_in")}
        assert counts == {"waiting": 1, "offered": 1, "assigned": 1, "agents_signed_in": 2}
        assert stats["accepted_recently"] == 1
        assert stats["longest_wait_seconds"] > 0
        assert stats["by_channel"] == {"voice": {"waiting": 1, "offered": 1, "assigned": 1}}


class TestAgents:
    async def test_skills_take_effect_at_once(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.request(Channel.CHAT, skills=(SkillNeed(skill="claims", level=3),), language=Language.EN)
        async with bench.admin() as admin:
            before = await admin.get("/v1/agents/ann")
            body = {"skills": {"claims": 2, "language.en": 1}}
            changed = await admin.put("/v1/agents/ann", json=body, headers={"If-Match": before.headers["etag"]})
            assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
            assert await bench.offers("ann") == []
            stale = await admin.put("/v1/agents/ann", json=body, headers={"If-Match": '"1"'})
            assert stale.status_code == 412
            await admin.put("/v1/agents/ann", json={"skills": {"claims": 3, "language.en": 1}})
        await bench.offered("ann", item)

    async def test_capacity_cannot_go_below_use(self, bench: Bench) -> None:
        await bench.available("ann")
        await bench.assigned("ann", channel=Channel.CHAT)
        async with bench.admin() as admin:
            profile = {"skills": {"language.en": 3}, "capacity": 20}
            refused = await admin.put("/v1/agents/ann", json=profile)
            assert refused.status_code == 409
            assert refused.json()["type"].endswith("capacity-below-use")
            assert (refused.json()["used"], refused.json()["capacity"]) == (30, 20)
            limited = await admin.put("/v1/agents/ann", json={"at_most": {"chat": 0}})
            assert (limited.status_code, limited.json()["channel"]) == (409, "chat")
            me = (await admin.get("/v1/agents/ann")).json()
        assert (me["capacity"], me["used"], me["holding"], me["version"]) == (100, 30, {"chat": 1}, 1)

    async def test_agents_can_be_prepared_before_they_sign_in_and_are_listed(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            for name in ("cid", "dan", "eve"):
                body = {"name": name.title(), "skills": {"claims": 1}, "groups": ["night"]}
                assert (await admin.put(f"/v1/agents/{name}", json=body)).status_code == 200
            assert (await admin.get("/v1/agents/nobody")).status_code == 404
            first = (await admin.get("/v1/agents", params={"limit": 2})).json()
            rest = (await admin.get("/v1/agents", params={"limit": 2, "cursor": first["next"]})).json()
        names = [one["agent_id"] for one in first["items"] + rest["items"]]
        assert (names, rest["next"]) == (["cid", "dan", "eve"], None)
        await bench.available("cid")
        async with bench.desk("cid") as desk:
            assert (await desk.get("/v1/agents/me")).json()["skills"] == {"claims": 1}


class TestByHand:
    async def test_supervisors_assign_and_agents_take(self, bench: Bench) -> None:
        await bench.available("ann", "bob")
        item = await bench.request(Channel.CHAT)
        await bench.offered("ann", item)
        async with bench.admin() as admin:
            path = f"/v1/work/{item.work_item_id}/assign"
            assert (await admin.post(path, json={"agent_id": "nobody"})).status_code == 404
            assert (await admin.post(path, json={"agent_id": "bob"})).status_code == 204
            assert (await admin.post(path, json={"agent_id": "bob"})).status_code == 204
            taken = await admin.post(path, json={"agent_id": "ann"})
            assert (taken.status_code, taken.json()["type"].split(":")[-1]) == (409, "work-taken")
            unknown = await admin.post(f"/v1/work/{uuid4()}/assign", json={"agent_id": "bob"})
            assert unknown.status_code == 404
        assert await bench.offers("ann") == []
        other = await bench.request(Channel.VOICE, skills=(SkillNeed(skill="claims"),))
        answer = await bench.post("ann", f"/v1/work/{other.work_item_id}/take")
        assert answer.status_code == 204
        third = await bench.request(Channel.VOICE, skills=(SkillNeed(skill="claims"),))
        full = await bench.post("ann", f"/v1/work/{third.work_item_id}/take")
        assert (full.status_code, full.json()["type"].split(":")[-1]) == (409, "agent-not-free")

    async def test_release_goes_back_or_on_to_another_queue(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.assigned("ann", channel=Channel.CHAT)
        path = f"/v1/assignments/{item.work_item_id}/release"
        assert (await bench.post("bob", path, {"reason": "mine?"})).status_code == 403
        unknown = await bench.post("ann", path, {"reason": "claims", "queue": "atlantis"})
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/queue")
        assert (await bench.post("ann", path, {"reason": "claims", "queue": "complaints"})).status_code == 204
        async with bench.desk() as desk:
            state = (await desk.get(f"/v1/work/{item.work_item_id}")).json()
            assert (state["state"], state["queue"], state["outcome"]) == ("waiting", "complaints", "released")
            listed = (await desk.get("/v1/work", params={"queue": "complaints"})).json()["items"]
        assert [one["work_item_id"] for one in listed] == [str(item.work_item_id)]
        assert (await bench.post("ann", path, {"reason": "again"})).status_code == 409

    async def test_priority_moves_the_place(self, bench: Bench) -> None:
        first, second = [await bench.request(Channel.VOICE) for _ in range(2)]
        async with bench.admin() as admin:
            answer = await admin.put(f"/v1/work/{second.work_item_id}/priority", json={"priority": 1})
            assert answer.status_code == 204
            listed = (await admin.get("/v1/work")).json()["items"]
        assert [one["work_item_id"] for one in listed] == [str(second.work_item_id), str(first.work_item_id)]
        await bench.available("ann")
        assert (await bench.offered("ann"))["work_item_id"] == str(second.work_item_id)

    async def test_completing_twice_and_late(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.assigned("ann", channel=Channel.VOICE)
        await bench.finish(item)
        await bench.becomes(item, "wrapping")
        work = (await bench.my_work("ann"))["assignments"][0]
        assert work["state"] == "wrap_up" and work["wrap_up_until"]
        path = f"/v1/assignments/{item.work_item_id}/complete"
        assert (await bench.post("ann", path)).status_code == 204
        assert (await bench.post("ann", path)).status_code == 204
        assert (await bench.post("bob", path)).status_code == 409
        assert (await bench.post("ann", f"/v1/assignments/{uuid4()}/complete")).status_code == 404
        await eventually(lambda: bench.state(item.work_item_id), lambda state: state == "completed")
