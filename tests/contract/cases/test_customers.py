"""Customers: profile, consents, merge and un-merge, races with what arrives meanwhile."""

import asyncio
from uuid import UUID, uuid4

from contracts.values import Channel
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench, Contact
from tests.support.world import eventually

WAYBILL = "SF1234567890123"


async def two(bench: Bench, text: str = "hello") -> tuple[UUID, UUID, Contact, Contact]:
    """Two customers, by phone and by mail, each with a case of agent-1."""
    _, sms = await bench.owned_case(text, name="王芳")
    _, mail = await bench.owned_case(text, channel=Channel.EMAIL, address="wang@example.org", name="王芳")
    ids = [await bench.value("select customer_id from interaction where id = $1", c.id) for c in (sms, mail)]
    return ids[0], ids[1], sms, mail


async def holdings(bench: Bench, customer: UUID) -> dict[str, int]:
    """How much a customer has."""
    tables = ("contact_point", "interaction", "service_case")
    return {t: await bench.value(f"select count(*) from {t} where customer_id = $1", customer) for t in tables}


class TestProfile:
    async def test_changes_only_what_is_given_under_its_version(self, bench: Bench) -> None:
        await bench.owned_case("hello", name="王芳")
        customer = await bench.value("select id from customer")
        async with bench.agent() as agent:
            url = f"/v1/customers/{customer}"
            tag = (await agent.get(url)).headers["ETag"]
            body = {"employer": "驿站贸易", "tags": ["vip"], "do_not_contact": True}
            changed = await agent.patch(url, json=body, headers={"If-Match": tag})
            assert changed.status_code == 200
            seen = changed.json()
            assert (seen["name"], seen["employer"], seen["tags"], seen["do_not_contact"]) == (
                "王芳",
                "驿站贸易",
                ["vip"],
                True,
            )
            stale = await agent.patch(url, json={"name": "李雷"}, headers={"If-Match": tag})
            assert stale.status_code == 412
            removed = await agent.patch(url, json={"employer": None})
            assert removed.json()["employer"] is None
            for bad in ({"tags": "vip"}, {"name": ""}, {"tier": "Über"}, {"colour": "red"}, {"do_not_contact": None}):
                assert (await agent.patch(url, json=bad)).status_code == 400
        audit = await bench.rows("select detail->>'fields' from audit where action = 'customer.change' order by id")
        assert audit[0][0] == '["do_not_contact", "employer", "tags"]'

    async def test_consents_are_kept_as_they_were_made(self, bench: Bench) -> None:
        await bench.owned_case("hello")
        customer = await bench.value("select id from customer")
        async with bench.agent() as agent:
            url = f"/v1/customers/{customer}"
            for granted in (True, False):
                body = {"kind": "locker", "granted": granted, "waybill_no": "sf1234567890123", "evidence": "message 1"}
                assert (await agent.post(f"{url}/consents", json=body)).status_code == 201
            kept = (await agent.get(url)).json()["consents"]
            assert [(c["kind"], c["granted"], c["waybill_no"]) for c in kept] == [
                ("locker", True, WAYBILL),
                ("locker", False, WAYBILL),
            ]
            body = {"kind": "blood", "granted": True, "evidence": "x"}
            assert (await agent.post(f"{url}/consents", json=body)).status_code == 400


class TestMerge:
    async def test_gives_everything_over_and_back(self, bench: Bench) -> None:
        one, other, _, mail = await two(bench)
        async with bench.agent() as agent:
            url = f"/v1/customers/{one}/merges"
            body = {"other_id": str(other), "reason": "同一人"}
            merged = await agent.post(url, json=body)
            assert merged.status_code == 201, merged.text
            assert await holdings(bench, one) == {"contact_point": 2, "interaction": 2, "service_case": 2}
            assert (await agent.get(f"/v1/customers/{other}")).json()["merged_into"] == str(one)
            again = await agent.post(url, json=body)
            assert (again.status_code, again.json()["type"]) == (409, "urn:posthouse:problem:customer-merged")

            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(mail.says("还在吗"))
            await bench.settled(before + 1)
            undone = await agent.post(f"{url}/{merged.json()['id']}/undo", json={"reason": "不是同一人"})
            assert undone.status_code == 200
            for customer in (one, other):
                expected = {"contact_point": 1, "interaction": 1, "service_case": 1}
                assert await holdings(bench, customer) == expected
            twice = await agent.post(f"{url}/{merged.json()['id']}/undo", json={"reason": "x"})
            assert twice.status_code == 409
            history = (await agent.get(url)).json()
            assert [(m["merged_id"], m["undone_by"]) for m in history] == [(str(other), "agent-1")]
        threads = await bench.rows("select customer_id, threading from service_case where closed_at is null")
        assert sorted((row[0], row[1]) for row in threads) == sorted([(one, True), (other, True)])

    async def test_two_general_cases_stay_open_side_by_side(self, bench: Bench) -> None:
        one, other, sms, mail = await two(bench)
        async with bench.agent() as agent:
            body = {"other_id": str(other), "reason": "同一人"}
            assert (await agent.post(f"/v1/customers/{one}/merges", json=body)).status_code == 201
        assert await bench.value("select count(*) from service_case where closed_at is null") == 2
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(mail.says("邮件"), sms.says("短信"))
        await bench.settled(before + 2)
        own = await bench.rows(
            "select e.data->>'text', i.id = e.interaction_id and i.case_id = e.case_id from timeline_entry e "
            "join interaction i on i.id = e.interaction_id where e.kind = 'message_in' and e.data->>'text' <> 'hello'"
        )
        assert sorted(tuple(row) for row in own) == [("短信", True), ("邮件", True)]

    async def test_what_came_in_since_goes_back_with_its_address(self, bench: Bench) -> None:
        one, other, sms, _ = await two(bench)
        async with bench.agent() as agent:
            body = {"other_id": str(other), "reason": "同一人"}
            merge = (await agent.post(f"/v1/customers/{one}/merges", json=body)).json()
            first = await bench.value("select case_id from interaction where id = $1", sms.id)
            done = {"resolution": "x", "deviation_reason": "x"}
            assert (await agent.post(f"/v1/cases/{first}/close", json=done)).status_code == 200
            later = await bench.write_in(f"{WAYBILL} 到哪了", channel=Channel.EMAIL, address="wang@example.org")
            assert await bench.value("select customer_id from interaction where id = $1", later.id) == one
            url = f"/v1/customers/{one}/merges/{merge['id']}/undo"
            assert (await agent.post(url, json={"reason": "x"})).status_code == 200
        assert await bench.value("select customer_id from interaction where id = $1", later.id) == other
        assert await bench.value("select customer_id from service_case where waybill_no = $1", WAYBILL) == other

    async def test_a_chain_is_undone_from_its_end(self, bench: Bench) -> None:
        one, other, _, _ = await two(bench)
        _, third = await bench.owned_case("hello", address="+8613800000009")
        last = await bench.value("select customer_id from interaction where id = $1", third.id)
        async with bench.agent() as agent:
            first = await agent.post(f"/v1/customers/{one}/merges", json={"other_id": str(other), "reason": "x"})
            second = await agent.post(f"/v1/customers/{last}/merges", json={"other_id": str(one), "reason": "x"})
            early = await agent.post(f"/v1/customers/{one}/merges/{first.json()['id']}/undo", json={"reason": "x"})
            assert early.status_code in (403, 409)
            undo = f"/v1/customers/{last}/merges/{second.json()['id']}/undo"
            assert (await agent.post(undo, json={"reason": "x"})).status_code == 200
            undo = f"/v1/customers/{one}/merges/{first.json()['id']}/undo"
            assert (await agent.post(undo, json={"reason": "x"})).status_code == 200
        for customer in (one, other, last):
            assert (await holdings(bench, customer))["service_case"] == 1

    async def test_against_replies_and_new_messages_loses_nothing(self, bench: Bench) -> None:
        one, other, sms, mail = await two(bench)
        cases = [await bench.value("select case_id from interaction where id = $1", c.id) for c in (sms, mail)]
        before = await bench.value("select count(*) from inbox")
        fresh = [bench.contact(Channel.EMAIL, "wang@example.org") for _ in range(5)]
        async with bench.agent() as agent:
            body = {"other_id": str(other), "reason": "同一人"}
            answers = await asyncio.gather(
                agent.post(f"/v1/customers/{one}/merges", json=body),
                *(agent.post(f"/v1/cases/{case}/messages", json={"text": "好的"}) for case in cases for _ in range(3)),
                *(bench.world.publish(c.started(), c.says("又来了")) for c in fresh),
            )
            assert {a.status_code for a in answers if a is not None} == {201}
        await bench.settled(before + 10)
        assert await bench.value("select count(*) from timeline_entry where kind = 'message_out'") == 6
        said = await bench.value("select count(*) from timeline_entry where data->>'text' = '又来了'")
        assert said == 5
        assert await holdings(bench, other) == {"contact_point": 0, "interaction": 0, "service_case": 0}
        open_general = "select count(*) from service_case where closed_at is null and threading and thread_key = ''"
        assert await bench.value(open_general) == 1

    async def test_candidates_say_why(self, bench: Bench) -> None:
        one, other, sms, _ = await two(bench, f"{WAYBILL} 到哪了")
        case_id = await bench.value("select case_id from interaction where id = $1", sms.id)
        async with bench.agent() as agent:
            body = {"case_type": "inquiry", "reason": "x"}
            await agent.post(f"/v1/cases/{case_id}/classify", json=body)
            stored = {"fields": {"customer_email": "Wang@example.org"}, "complete": False}
            assert (await agent.post(f"/v1/cases/{case_id}/steps", json=stored)).status_code == 200
            found = (await agent.get(f"/v1/customers/{one}/merge-candidates")).json()
        assert [(c["customer_id"], sorted(c["reasons"])) for c in found] == [
            (str(other), ["address:email", "name_and_waybill"])
        ]

    async def test_bad_requests(self, bench: Bench) -> None:
        await bench.owned_case("hello")
        customer = await bench.value("select id from customer")
        async with bench.agent() as agent:
            url = f"/v1/customers/{customer}/merges"
            assert (await agent.post(url, json={"other_id": str(customer), "reason": "x"})).status_code == 400
            assert (await agent.post(url, json={"other_id": str(uuid4()), "reason": "x"})).status_code == 404
            assert (await agent.post(f"{url}/{uuid4()}/undo", json={"reason": "x"})).status_code == 404
        async with bench.agent("agent-2") as stranger:
            assert (await stranger.get(url)).status_code == 403


async def test_a_contact_recognised_during_a_merge_ends_with_the_survivor(bench: Bench) -> None:
    """The channel's news of the contact was read before the merge, its first message after it."""
    one, other, _, _ = await two(bench)
    late = bench.contact(Channel.EMAIL, "wang@example.org")
    before = await bench.value("select count(*) from inbox")
    await bench.world.publish(late.started())
    await bench.settled(before + 1)
    async with bench.service.db.transaction() as tx:
        await tx.fetch("update interaction set customer_id = $2 where id = $1", late.id, other)
    async with bench.agent() as agent:
        await agent.post(f"/v1/customers/{one}/merges", json={"other_id": str(other), "reason": "x"})
    async with bench.service.db.transaction() as tx:
        await tx.fetch("update interaction set customer_id = $2 where id = $1", late.id, other)
    await bench.world.publish(late.says("你好"))
    await eventually(
        lambda: bench.value("select customer_id from interaction where id = $1", late.id), lambda found: found == one
    )
    assert len(await bench.world.published(WorkRequested)) >= 2
