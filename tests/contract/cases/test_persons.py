"""Persons and their rights: recognition over channels, proof of addresses, a copy of their data, erasure."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from contracts.customers import CustomerErased
from contracts.interactions import ContactPersonal
from contracts.sends import MessageSendRequested
from contracts.values import Channel, ContactKind, KnownAddress
from tests.contract.cases.conftest import Bench
from tests.support.world import World, eventually

CONSENT = {"kind": "contact", "granted": True, "evidence": "x"}
SECRET = "我叫王芳，电话 13800000001"


@pytest.fixture(autouse=True)
def _own_folder(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    name = "manual_world" if "still_bench" in request.fixturenames else "world"
    world: World = request.getfixturevalue(name)
    world.runtime.settings.data_dir = str(tmp_path)


def officer(bench: Bench) -> httpx.AsyncClient:
    """An HTTP client of somebody who may hand out and erase personal data."""
    return bench.agent("officer", "cases:read", "cases:write", "cases:admin", "personal:read")


async def customer_of(bench: Bench, interaction_id: UUID) -> UUID:
    """Whose contact it is."""
    found: UUID = await bench.value("select customer_id from interaction where id = $1", interaction_id)
    return found


class TestRecognition:
    async def test_over_channels_and_by_what_a_site_vouches_for(self, bench: Bench) -> None:
        sms = await bench.write_in("你好")
        call = bench.contact(Channel.VOICE, "13800000001")  # as a carrier of the country sends it
        mail = bench.contact(Channel.EMAIL, "Wang@Example.org")
        chat = bench.contact(Channel.CHAT, "u-shop-7", verified=True)
        known = (
            KnownAddress(kind=ContactKind.EMAIL, address="wang@example.org"),
            KnownAddress(kind=ContactKind.PHONE, address="+86 139 0000 0002"),
        )
        signed_in = chat.started().model_copy(update={"personal": ContactPersonal(address="u-shop-7", also=known)})
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(call.started(), mail.started(), mail.says("hello"))
        await bench.settled(before + 3)
        await bench.world.publish(signed_in, chat.says("hi"))
        await bench.settled(before + 5)
        assert await customer_of(bench, call.id) == await customer_of(bench, sms.id)
        person = await customer_of(bench, mail.id)
        assert await customer_of(bench, chat.id) == person != await customer_of(bench, sms.id)
        points = await bench.rows(
            "select kind, address, verification from contact_point where customer_id = $1 order by kind", person
        )
        assert [tuple(row) for row in points] == [
            ("chat", "u-shop-7", "channel"),
            ("email", "wang@example.org", "channel"),
            ("phone", "+8613900000002", "channel"),
        ]
        # vouched for, but somebody else's by now: people decide
        other = bench.contact(Channel.CHAT, "u-shop-8", verified=True)
        await bench.world.publish(other.started())
        await bench.settled(before + 6)
        third = await customer_of(bench, other.id)
        again = bench.contact(Channel.CHAT, "u-shop-8", verified=True)
        claims = ContactPersonal(address="u-shop-8", also=known[:1])
        await bench.world.publish(again.started().model_copy(update={"personal": claims}), again.says("hi"))
        await bench.settled(before + 8)
        assert await customer_of(bench, again.id) == third
        async with bench.supervisor() as boss:
            found = (await boss.get(f"/v1/customers/{third}/merge-candidates")).json()
            assert [(c["customer_id"], c["reasons"]) for c in found] == [(str(person), ["vouched:email"])]
            history = (await boss.get(f"/v1/customers/{person}/interactions", params={"limit": 1})).json()
            assert [i["channel"] for i in history["items"]] == ["chat"] and history["next"]
            rest = await boss.get(f"/v1/customers/{person}/interactions", params={"cursor": history["next"]})
            assert [i["channel"] for i in rest.json()["items"]] == ["email"]


class TestProof:
    async def test_a_code_proves_an_address(self, bench: Bench) -> None:
        case_id, sms = await bench.owned_case("你好")
        customer = await customer_of(bench, sms.id)
        async with bench.agent() as agent, officer(bench) as boss:
            url = f"/v1/customers/{customer}/contact-points"
            (point,) = (await agent.get(f"/v1/customers/{customer}")).json()["contact_points"]
            ask = f"{url}/{point['id']}"
            assert (await agent.post(f"{ask}/codes", json={"case_id": str(case_id)})).status_code == 201
            assert (await agent.post(f"{ask}/codes", json={"case_id": str(case_id)})).status_code == 429
            sent = (await bench.world.wait_published(MessageSendRequested))[-1]
            (code,) = re.findall(r"\b[0-9]{6}\b", sent.personal.text)
            told = await bench.rows("select data::text from timeline_entry where case_id = $1", case_id)
            assert not any(code in row[0] for row in told)
            wrong = await agent.post(f"{ask}/verifications", json={"code": f"{(int(code) + 1) % 10**6:06d}"})
            assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:posthouse:problem:code-refused")
            right = await agent.post(f"{ask}/verifications", json={"code": code})
            assert (right.status_code, right.json()["verification"]) == (201, "confirmed")
            assert (await agent.post(f"{ask}/verifications", json={"code": code})).status_code == 409
            inspected = {"level": "identity", "method": "document", "evidence": "seen by video"}
            assert (await agent.post(f"{ask}/verifications", json=inspected)).status_code == 403
            assert (await boss.post(f"{ask}/verifications", json=inspected)).json()["verification"] == "identity"
            assert (await agent.post(f"{ask}/verifications", json={"level": "none"})).status_code == 400
            acts = (await agent.get(f"{ask}/verifications")).json()
            assert [(a["level"], a["method"]) for a in acts] == [("confirmed", "code"), ("identity", "document")]

            added = await agent.post(url, json={"kind": "email", "address": "Wang@Example.org"})
            assert (added.status_code, added.json()["address"]) == (201, "w***@example.org")
            bad = await agent.post(url, json={"kind": "email", "address": "nowhere"})
            assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "#/address")
            mail = bench.contact(Channel.EMAIL, "wang@example.org")
            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(mail.started())
            await bench.settled(before + 1)
            assert await customer_of(bench, mail.id) == customer
            assert (await agent.delete(f"{url}/{added.json()['id']}")).status_code == 204
            other = await bench.write_in("hello", channel=Channel.EMAIL, address="wang@example.org")
            assert await customer_of(bench, other.id) != customer
            taken = await agent.post(url, json={"kind": "email", "address": "wang@example.org"})
            assert taken.json()["customer_id"] == str(await customer_of(bench, other.id))


class TestErasure:
    async def test_what_may_go_goes_and_what_the_law_keeps_is_named(self, still_bench: Bench) -> None:
        bench, clock = still_bench, still_bench.world.clock
        case_id, sms = await bench.owned_case(SECRET, name="王芳")
        customer = await customer_of(bench, sms.id)
        async with bench.agent() as agent, officer(bench) as boss:
            url = f"/v1/customers/{customer}"
            await agent.patch(url, json={"employer": "驿站贸易", "address": "深圳"})
            photo = await agent.post(
                f"/v1/cases/{case_id}/attachments", params={"name": "王芳.png"}, content=b"\x89PNG\r\n\x1a\n0"
            )
            await agent.post(f"/v1/cases/{case_id}/notes", json={"text": "王芳 来电"})
            assert (await agent.get(f"{url}/export")).status_code == 403
            copy = (await boss.get(f"{url}/export")).json()
            assert copy["law"] == "个人信息保护法 art 45"
            assert [p["address"] for p in copy["data"]["contact_points"]] == ["+8613800000001"]
            said = [e["data"].get("text") for e in copy["data"]["timeline"]]
            assert SECRET in said and "王芳 来电" in said
            assert [f["name"] for f in copy["data"]["attachments"]] == ["王芳.png"]

            reason = {"reason": "written request"}
            early = await boss.post(f"{url}/erasure", json=reason)
            assert (early.status_code, early.json()["type"]) == (409, "urn:posthouse:problem:matters-open")
            done = {"resolution": "answered", "deviation_reason": "x"}
            assert (await agent.post(f"/v1/cases/{case_id}/close", json=done)).status_code == 200

            plan = (await boss.get(f"{url}/erasure")).json()
            assert [(k["rule"], k["law"][:7]) for k in plan["kept"]] == [("other_cases", "邮政业用户申诉")]
            assert (await agent.post(f"{url}/erasure", json=reason)).status_code == 403
            erased = (await boss.post(f"{url}/erasure", json=reason)).json()
            closed = await bench.value("select closed_at from service_case where id = $1", case_id)
            assert datetime.fromisoformat(erased["kept"][0]["until"]) == closed + timedelta(days=365)
            assert erased["law"] == "个人信息保护法 art 47"
            row = await bench.rows("select name, employer, address, erased_at from customer where id = $1", customer)
            assert tuple(row[0])[:3] == (None, None, None) and row[0]["erased_at"] is not None
            assert await bench.value("select count(*) from contact_point") == 0
            # kept, but only stored: no agent opens it, no search finds it, it is not worked on
            assert (await agent.get(f"/v1/cases/{case_id}")).status_code == 403
            assert (await boss.get(f"/v1/cases/{case_id}/timeline")).json()["items"][0]
            assert (await boss.get("/v1/search", params={"q": "王芳"})).json()["entries"] == []
            back = await boss.post(f"/v1/cases/{case_id}/reopen", json={"reason": "x"})
            assert (back.status_code, back.json()["type"]) == (409, "urn:posthouse:problem:person-erased")

            for change in (boss.patch(url, json={"name": "王芳"}), boss.post(f"{url}/consents", json=CONSENT)):
                refused = await change
                assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:person-erased")
            assert (await boss.get(url)).json()["erased_at"]

            # late news of before the erasure brings nothing back; a new contact is a new customer
            count = await bench.value("select count(*) from inbox")
            old = bench.contact(name="王芳")
            await bench.world.publish(old.started(), old.says(SECRET), sms.started(), sms.says("还在吗"))
            await bench.settled(count + 4)
            assert await bench.value("select count(*) from contact_point") == 0
            assert await customer_of(bench, old.id) == customer
            assert await bench.value("select count(*) from timeline_entry where data->>'text' = '还在吗'") == 0
            await clock.advance(60)  # type: ignore[attr-defined]
            anew = await bench.write_in("你好")
            assert await customer_of(bench, anew.id) != customer

            # the time of the kept case is over
            (first,) = await bench.world.wait_published(CustomerErased)
            assert sms.id not in first.interaction_ids
            async with bench.service.db.transaction() as tx:
                due = "update timer set due_at = $1 where kind = 'customer.retention' and due_at = $2"
                await tx.fetch(due, tx.now, closed + timedelta(days=365))
            await clock.advance(30)  # type: ignore[attr-defined]
            second = (await bench.world.wait_published(CustomerErased, 2))[-1]
            assert second.interaction_ids == (sms.id,)
            left = await everything(bench, case_id)
            assert "王芳" not in left and "13800000001" not in left, left
            await eventually(lambda: gone(bench, str(photo.json()["sha256"])))
            entries = (await boss.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
            assert [e["text"] for e in entries if e["kind"] == "message_in"] == ["（内容已依个人请求删除）"]
            kpi = await bench.rows("select case_type, closed_at is not null from service_case where id = $1", case_id)
            assert [tuple(row) for row in kpi] == [("inquiry", True)]
        acts = await bench.rows("select action from audit where resource = $1 order by id", f"customer/{customer}")
        assert {"customer.export", "customer.erase"} <= {row[0] for row in acts}


async def everything(bench: Bench, case_id: UUID) -> str:
    """All rows of the case's tables as one text."""
    tables = ("timeline_entry", "case_run", "attachment", "approval", "notice")
    found = [row for t in tables for row in await bench.rows(f"select t::text from {t} t where case_id = $1", case_id)]
    found += await bench.rows("select t::text from service_case t where id = $1", case_id)
    found += await bench.rows("select t::text from stream_entry t where data->>'case_id' = $1", str(case_id))
    return " ".join(row[0] for row in found)


async def gone(bench: Bench, sha256: str) -> bool:
    """Whether the blob was deleted."""
    folder = Path(bench.world.runtime.settings.data_dir) / "cases" / "blobs"
    return not any(path.name == sha256 for path in folder.rglob("*"))
