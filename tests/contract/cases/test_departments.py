"""Tasks of cases given to departments, and their answers: by API, by the link in the mail, or by no answer at all."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from contracts.interactions import MessageStatusChanged
from contracts.sends import MessageSendRequested
from contracts.values import Channel, MessageStatus
from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_approvals import at_step
from tests.contract.cases.test_deadlines import elapse
from tests.support.world import eventually

PROBLEM = "urn:posthouse:problem:"
OPS: dict[str, Any] = {
    "kind": "operations",
    "name": {"zh": "华南运作部", "en": "Operations South"},
    "email": "ops-south@courier.example",
    "language": "zh-CN",
    "areas": [{"province": "广东"}, {"province": "广西", "city": "南宁"}],
    "acknowledge_minutes": 30,
    "reply_hours": 24,
    "callers": ["key:ops"],
}


async def investigated(bench: Bench) -> UUID:
    """A case of agent-1 at the step that operations does, with the department registered."""
    case_id, _ = await bench.owned_case("我的快递破损了，查一下快递")
    async with bench.supervisor() as boss:
        assert (await boss.put("/v1/departments/ops-south", json=OPS)).status_code == 200
        procedure = {"case_type": "tracking", "reason": "x"}
        await boss.post(f"/v1/cases/{case_id}/classify", json=procedure)
    async with bench.service.db.transaction() as tx:
        await tx.fetch(
            "update service_case set procedure = 'exception_parcel', procedure_version = 1 where id = $1", case_id
        )
        await tx.fetch(
            """update case_run set run = run || '{"procedure": "exception_parcel", "version": 1}' where case_id = $1""",
            case_id,
        )
    await at_step(bench, case_id, "investigate")
    return case_id


async def sent(bench: Bench, agent: httpx.AsyncClient, case_id: UUID) -> dict[str, Any]:
    """A task given to operations."""
    body = {"department_id": "ops-south", "task": "请核实破损责任"}
    answer = await agent.post(f"/v1/cases/{case_id}/dispatches", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def link(bench: Bench, number: int = 1) -> str:
    """The path of the link in the newest mail to the department."""
    sends = await bench.world.wait_published(MessageSendRequested, number)
    mail = [send for send in sends if send.channel is Channel.EMAIL][number - 1]
    assert mail.personal.recipient == "ops-south@courier.example"
    found = re.search(r"/cases(/portal/[\w-]+)", mail.personal.text)
    assert found is not None
    return found.group(1)


def form_of(page: httpx.Response) -> str:
    """The form token of a page."""
    found = re.search(r'name="form" value="([\w-]+)"', page.text)
    assert found is not None, page.text
    return found.group(1)


def department(bench: Bench, subject: str = "key:ops") -> httpx.AsyncClient:
    """A department's API client."""
    return bench.agent(subject, "dispatch:reply")


class TestRegistry:
    async def test_supervisors_keep_it_and_places_find_it(self, bench: Bench) -> None:
        async with bench.supervisor() as boss, bench.agent() as agent:
            made = await boss.put("/v1/departments/ops-south", json=OPS)
            assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
            assert made.json()["areas"] == ["GD", "GX/南宁"]
            branch = OPS | {"kind": "branch", "areas": [{"province": "GD", "city": "深圳市"}], "email": None}
            await boss.put("/v1/departments/branch-sz", json=branch)
            stale = await boss.put("/v1/departments/ops-south", json=OPS, headers={"If-Match": '"7"'})
            assert stale.status_code == 412
            assert (await agent.put("/v1/departments/x", json=OPS)).status_code == 403
            wrong = await boss.put("/v1/departments/x", json=OPS | {"areas": [{"province": "Mars"}]})
            assert wrong.json()["errors"][0]["pointer"] == "#/areas/0"

            async def at(**where: str) -> list[str]:
                found = (await agent.get("/v1/departments", params=where)).json()
                return [item["id"] for item in found]

            assert await at(province="Guangdong", city="深圳") == ["branch-sz", "ops-south"]
            assert await at(province="广东", city="广州") == ["ops-south"]
            assert await at(province="广西", city="桂林") == []
            assert await at(kind="branch") == ["branch-sz"]


class TestByApi:
    async def test_acknowledged_answered_and_the_step_is_done(self, bench: Bench) -> None:
        case_id = await investigated(bench)
        async with bench.agent() as agent, department(bench) as ops, department(bench, "key:other") as other:
            made = await sent(bench, agent, case_id)
            assert made["asked"] == ["ops_reply", "cause_code", "cause_side", "evidence"]
            again = await agent.post(
                f"/v1/cases/{case_id}/dispatches", json={"department_id": "ops-south", "task": "x"}
            )
            assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "already-dispatched")
            url = f"/v1/dispatches/{made['id']}"
            assert [d["id"] for d in (await ops.get("/v1/dispatches")).json()["items"]] == [made["id"]]
            assert (await other.get("/v1/dispatches")).json()["items"] == []
            assert (await other.post(f"{url}/acknowledge")).status_code == 404
            assert (await ops.post(f"{url}/acknowledge")).json()["state"] == "acknowledged"
            beyond = await ops.post(f"{url}/answer", json={"text": "查过了", "fields": {"amount": 1}})
            assert (beyond.status_code, beyond.json()["errors"][0]["pointer"]) == (400, "#/fields/amount")
            fields = {"cause_code": "loading", "cause_side": "subjective", "evidence": ["照片 1"]}
            answer = await ops.post(f"{url}/answer", json={"text": "装车受压", "fields": fields})
            assert answer.json()["state"] == "answered"
            late = await ops.post(f"{url}/refuse", json={"reason": "不是我们"})
            assert (late.status_code, late.json()["type"]) == (409, PROBLEM + "dispatch-ended")
            case = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert case["procedure_state"]["step"] == "rules"
            assert case["fields"]["ops_reply"] == "装车受压"
            listed = (await agent.get(f"/v1/cases/{case_id}/dispatches")).json()
            assert [(d["ref"], d["state"]) for d in listed] == [(f"{case['case_no']}/1", "answered")]
        codes = [entry["code"] for entry in await bench.timeline(case_id)]
        told = ["dispatch.sent", "dispatch.mailed", "dispatch.acknowledged", "dispatch.answered", "step.completed"]
        assert [code for code in codes if code in told] == told

    async def test_two_answers_at_once_one_counts(self, bench: Bench) -> None:
        case_id = await investigated(bench)
        async with bench.agent() as agent, department(bench) as ops:
            made = await sent(bench, agent, case_id)
            url = f"/v1/dispatches/{made['id']}"
            answers = await asyncio.gather(
                ops.post(f"{url}/answer", json={"text": "甲"}), ops.post(f"{url}/refuse", json={"reason": "乙"})
            )
            assert sorted(a.status_code for a in answers) == [200, 409]
        codes = [entry["code"] for entry in await bench.timeline(case_id)]
        assert len([code for code in codes if code in ("dispatch.answered", "dispatch.refused")]) == 1

    async def test_an_answer_follows_its_case_into_the_one_it_was_merged_into(self, bench: Bench) -> None:
        case_id = await investigated(bench)
        survivor, _ = await bench.owned_case("投诉", address="+8613800000002")
        async with bench.agent() as agent, department(bench) as ops:
            made = await sent(bench, agent, case_id)
            async with bench.service.db.transaction() as tx:
                await tx.fetch(
                    "update service_case set merged_into = $2, closed_at = now() where id = $1", case_id, survivor
                )
            answer = await ops.post(f"/v1/dispatches/{made['id']}/answer", json={"text": "查明了"})
            assert answer.status_code == 200
            assert "dispatch.answered" in [entry["code"] for entry in await bench.timeline(survivor)]
            listed = (await agent.get(f"/v1/cases/{survivor}/dispatches")).json()
            assert [item["id"] for item in listed] == [made["id"]]


class TestMail:
    async def test_a_mail_that_bounced_shows_on_the_case(self, bench: Bench) -> None:
        case_id = await investigated(bench)
        async with bench.agent() as agent:
            await sent(bench, agent, case_id)
        mail = (await bench.world.wait_published(MessageSendRequested))[0]
        await bench.world.publish(
            MessageStatusChanged(
                interaction_id=mail.interaction_id,
                message_id=mail.message_id,
                channel=Channel.EMAIL,
                status=MessageStatus.FAILED,
                error_code="550",
                occurred_at=bench.world.clock.now(),
            )
        )

        async def status() -> str | None:
            return next(e["status"] for e in await bench.timeline(case_id) if e["code"] == "dispatch.mailed")

        assert await eventually(status, lambda value: value == "failed")


class TestByLink:
    async def test_the_page_takes_one_answer(self, bench: Bench) -> None:
        case_id = await investigated(bench)
        async with bench.agent() as agent, bench.world.client(bench.service) as visitor:
            await sent(bench, agent, case_id)
            path = await link(bench)
            page = await visitor.get(path)
            assert page.status_code == 200 and "请核实破损责任" in page.text and "华南运作部" in page.text
            assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
            assert "Operations South" in (await visitor.get(path, params={"lang": "en"})).text
            token = form_of(page)
            forged = await visitor.post(path, data={"form": "x", "action": "answer", "answer": "假的"})
            assert forged.status_code == 409
            elsewhere = {"Sec-Fetch-Site": "cross-site"}
            crossed = await visitor.post(path, data={"form": token, "action": "acknowledge"}, headers=elsewhere)
            assert crossed.status_code == 409
            seen = await visitor.post(path, data={"form": token, "action": "acknowledge"})
            assert seen.status_code == 303
            stale = await visitor.post(path, data={"form": token, "action": "answer", "answer": "旧页"})
            assert stale.status_code == 409 and "旧页" in stale.text
            empty = await visitor.post(path, data={"form": form_of(stale), "action": "answer", "answer": " "})
            assert empty.status_code == 409
            data = {
                "form": form_of(empty),
                "action": "answer",
                "answer": "<b>装车受压</b>",
                "f.cause_code": "loading",
                "f.cause_side": "subjective",
                "f.evidence": "照片 1\n交接单\n",
            }
            wrong = await visitor.post(path, data=data | {"f.cause_side": "nobody"})
            assert wrong.status_code == 409 and "无法识别" in wrong.text
            unknown = {"file": ("data.bin", b"\x00\x01\x02\x03" * 50, "application/octet-stream")}
            unwanted = await visitor.post(path, data=data, files=unknown)
            assert unwanted.status_code == 409 and "附件" in unwanted.text
            done = await visitor.post(path, data=data, files={"file": ("交接.txt", "交接记录".encode(), "text/plain")})
            assert done.status_code == 303
            settled = await visitor.get(path)
            assert "&lt;b&gt;装车受压" in settled.text and "<form" not in settled.text
            twice = await visitor.post(path, data=data)
            assert twice.status_code == 409
            case = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert case["fields"]["cause_code"] == "loading"
            assert case["fields"]["evidence"] == ["照片 1", "交接单", "交接.txt"]
            assert case["procedure_state"]["step"] == "rules"
            timeline = (await agent.get(f"/v1/cases/{case_id}/timeline")).text
            assert "/portal/" not in timeline

    async def test_links_that_open_nothing_say_why(self, still_bench: Bench) -> None:
        bench = still_bench
        case_id = await investigated(bench)
        async with bench.agent() as agent, bench.world.client(bench.service) as visitor:
            made = await sent(bench, agent, case_id)
            first = await link(bench)
            changed = first[:-1] + ("A" if first[-1] != "A" else "B")
            for path in ("/portal/nonsense", changed):
                answer = await visitor.get(path)
                assert (answer.status_code, "链接无效" in answer.text) == (404, True)
            remind = f"/v1/cases/{case_id}/dispatches/{made['id']}/remind"
            assert (await agent.post(remind)).status_code == 200
            replaced = await visitor.get(first, params={"lang": "en"})
            assert (replaced.status_code, "replaced" in replaced.text) == (410, True)
            second = await link(bench, 2)
            assert (await visitor.get(second)).status_code == 200
            await elapse(bench, timedelta(days=15).total_seconds())
            expired = await visitor.get(second)
            assert (expired.status_code, "过期" in expired.text) == (410, True)


class TestClocks:
    async def test_silence_escalates_twice_and_an_acknowledged_task_once(self, still_bench: Bench) -> None:
        bench = still_bench
        case_id = await investigated(bench)
        async with bench.agent() as agent, department(bench) as ops:
            await sent(bench, agent, case_id)
            await elapse(bench, 31 * 60)

            async def codes() -> list[str]:
                return [entry["code"] for entry in await bench.timeline(case_id)]

            found = await eventually(codes, lambda all_: "dispatch.acknowledge_overdue" in all_)
            assert "step.escalated" in found and "dispatch.reply_overdue" not in found
            made = (await ops.get("/v1/dispatches")).json()["items"][0]
            assert (await ops.post(f"/v1/dispatches/{made['id']}/acknowledge")).status_code == 200
            await elapse(bench, timedelta(hours=24).total_seconds())
            found = await eventually(codes, lambda all_: "dispatch.reply_overdue" in all_)
            assert found.count("dispatch.acknowledge_overdue") == 1
            withdraw = f"/v1/cases/{case_id}/dispatches/{made['id']}/withdraw"
            assert (await agent.post(withdraw, json={"reason": "已找到"})).json()["state"] == "withdrawn"
