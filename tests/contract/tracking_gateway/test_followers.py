"""Parcels with a case: watched closely, quoted to the case, and told of to the customer before they ask."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from chassis.clock import ManualClock
from contracts.cases import CaseClosed, CaseNoticeSettled, CaseOpened, CaseReopened, CaseWaybillNamed
from contracts.parcels import ParcelNoticeRequested, ParcelSnapshotTaken, ParcelStatus
from contracts.values import Channel
from tests.contract.tracking_gateway.conftest import Gateway, item, scan, waybill
from tests.contract.tracking_gateway.kuaidi100_double import CUSTOMER, KEY, Kuaidi100Double, kuaidi100_double
from tests.support.world import World, eventually
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.settings import Settings

YTO = compose("yto", 811)
PICKED_UP = [item("2026-01-04 18:00:00", "已揽收", statusCode="103")]


@pytest.fixture
async def provider() -> AsyncIterator[Kuaidi100Double]:
    async with kuaidi100_double() as double:
        yield double


@pytest.fixture
async def hub(manual_world: World, provider: Kuaidi100Double) -> AsyncIterator[Gateway]:
    settings = Settings(kuaidi100_url=provider.url, kuaidi100_customer=CUSTOMER, kuaidi100_key=SecretStr(KEY))
    service = await manual_world.start(build, settings)
    async with manual_world.client(service, "tracking:read", "tracking:write", "tracking:correct") as client:
        yield Gateway(service, client, manual_world)


@dataclass
class Case:
    """A case as the case service would tell of it."""

    hub: Gateway
    customer: UUID
    id: UUID

    async def opened(self, number: str | None, *, asked: bool = True) -> None:
        """The case begins: because the customer asked, or by itself."""
        await self.hub.world.publish(
            CaseOpened(
                case_id=self.id,
                case_no="C1",
                customer_id=self.customer,
                case_type="tracking",
                procedure="tracking_query",
                procedure_version=1,
                channel=Channel.CHAT,
                interaction_id=uuid4() if asked else None,
                waybill_no=number,
                occurred_at=self.hub.world.clock.now(),
            )
        )

    async def closed(self) -> None:
        """The case ends."""
        now = self.hub.world.clock.now()
        await self.hub.world.publish(
            CaseClosed(case_id=self.id, customer_id=self.customer, resolution="answered", actor="a", occurred_at=now)
        )


def case(hub: Gateway, customer: UUID | None = None) -> Case:
    return Case(hub, customer or uuid4(), uuid4())


def at(hub: Gateway, hours: float = 0) -> str:
    return (hub.world.clock.now() + timedelta(hours=hours)).isoformat()


async def pass_time(hub: Gateway, seconds: float) -> None:
    assert isinstance(hub.world.clock, ManualClock)
    await hub.world.clock.advance(seconds)


async def rows(hub: Gateway, sql: str, *arguments: object) -> list[Any]:
    async with hub.service.db.read() as tx:
        return await tx.fetch(sql, *arguments)


async def until_told(hub: Gateway, count: int) -> list[ParcelNoticeRequested]:
    async def told() -> list[ParcelNoticeRequested]:
        await pass_time(hub, 1)
        return await hub.world.published(ParcelNoticeRequested)

    return await eventually(told, lambda found: len(found) >= count)


async def daytime(hub: Gateway, hour: int) -> None:
    """Move to that hour of the next day, on the clock of the notice rules."""
    zone = hub.service.app.state.knowledge.notices.zone
    local = hub.world.clock.now().astimezone(zone)
    wanted = (local + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)
    await pass_time(hub, (wanted - local).total_seconds())


async def test_a_case_gets_a_snapshot_to_quote_and_its_parcel_is_asked_about_more_often(
    hub: Gateway, provider: Kuaidi100Double
) -> None:
    provider.parcels[YTO] = ("yuantong", "1", PICKED_UP)
    first, unknown = case(hub), case(hub)
    await first.opened(None)
    await hub.world.publish(
        CaseWaybillNamed(case_id=first.id, customer_id=first.customer, waybill_no=YTO, occurred_at=datetime.now(UTC))
    )
    await unknown.opened(waybill())
    known, nothing = sorted(await hub.world.wait_published(ParcelSnapshotTaken, 2), key=lambda found: not found.found)
    assert (known.case_id, known.waybill_no, known.status) == (first.id, YTO, ParcelStatus.PICKED_UP)
    assert "已揽收" in known.personal.texts["zh-CN"]
    assert (nothing.case_id, nothing.found) == (unknown.id, False)
    assert nothing.personal.texts["en"].startswith("Nothing is known")

    async def next_in() -> float:
        found = await rows(hub, "select poll_at from watch where waybill_no = $1", YTO)
        await pass_time(hub, 0.5)
        return float((found[0]["poll_at"] - hub.world.clock.now()).total_seconds())

    assert 301 < await eventually(next_in, lambda seconds: seconds > 301) <= 30 * 60
    await first.closed()
    await eventually(lambda: rows(hub, "select 1 from follower where case_id = $1 and not open", first.id))
    await pass_time(hub, 31 * 60)

    async def asked() -> int:
        await pass_time(hub, 20)
        return len(provider.asked)

    assert await eventually(asked, lambda count: count >= 2)
    assert await eventually(next_in, lambda seconds: seconds > 31 * 60) <= 6 * 3600


async def test_a_parcel_that_ten_thousand_watch_costs_one_question(hub: Gateway, provider: Kuaidi100Double) -> None:
    provider.parcels[YTO] = ("yuantong", "1", PICKED_UP)
    state = hub.service.app.state
    source = state.asker.source_for("yto")
    answers = await asyncio.gather(*(state.asker.ask(source, "yto", YTO, None) for _ in range(5_000)))
    views = await asyncio.gather(*(hub.client.get(f"/v1/parcels/{YTO}") for _ in range(50)))
    assert {view.json()["status"] for view in views} == {"picked_up"}
    assert {answer.value for answer in answers} == {"answered"}
    async with hub.service.db.transaction() as tx:
        await tx.fetch(
            """insert into subscription (id, owner, waybill_no, carrier, url, secret, events, created_at, expires_at)
               select gen_random_uuid(), 'o' || n, $1, 'yto', 'https://example.org/', 'whsec_x', '{parcel.delivered}',
                   $2, $3 from generate_series(1, 5000) n""",
            YTO,
            tx.now,
            tx.now + timedelta(days=1),
        )
        for _ in range(3):
            await state.watching.follow(tx, YTO, carrier="yto", phone=None, until=tx.now + timedelta(days=1))
    for _ in range(5):
        await pass_time(hub, 20)
    assert len(provider.asked) == 1
    assert provider.violations == []


async def test_a_problem_is_told_once_outside_the_quiet_hours_and_the_lead_is_measured(hub: Gateway) -> None:
    number, told_first, asks_first = waybill(), case(hub), case(hub)
    await daytime(hub, 22)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await told_first.opened(number)
    await hub.world.wait_published(ParcelSnapshotTaken)
    await told_first.closed()
    await eventually(lambda: rows(hub, "select 1 from follower where not open"))
    await hub.scans(scan(number, "DAMAGED", at(hub), description="外包装破损"))
    await hub.scans(scan(number, "LOADED", at(hub)))
    (planned,) = (await hub.client.get(f"/v1/parcels/{number}/notices")).json()
    local = datetime.fromisoformat(planned["due_at"]).astimezone(hub.service.app.state.knowledge.notices.zone)
    assert (planned["rule"], planned["state"], local.hour) == ("damaged", "planned", 9)
    await case(hub, told_first.customer).opened(number, asked=False)  # a case about the problem itself
    await pass_time(hub, 3600)
    assert await hub.world.published(ParcelNoticeRequested) == []
    await daytime(hub, 9)
    (notice,) = await until_told(hub, 1)
    assert (notice.customer_id, notice.exception) == (told_first.customer, "damaged")
    assert notice.channels[0] is Channel.CHAT
    assert number in notice.personal.texts["zh-CN"] and "it is damaged" in notice.personal.texts["en"]
    await hub.world.publish(
        CaseNoticeSettled(
            case_id=notice.case_id,
            notice_id=notice.notice_id,
            outcome="sent",
            channel=Channel.SMS,
            occurred_at=hub.world.clock.now(),
        )
    )
    await eventually(lambda: rows(hub, "select 1 from notice where state = 'sent' and channel = 'sms'"))
    await pass_time(hub, 5400)
    await hub.world.publish(
        CaseReopened(case_id=told_first.id, actor="system", reason="customer", occurred_at=hub.world.clock.now())
    )
    await asks_first.opened(number)
    await eventually(lambda: rows(hub, "select 1 from notice where state = 'asked_first'"))
    query = {"from": at(hub, -48), "to": at(hub, 1)}

    async def lead() -> dict[str, Any]:
        answer: dict[str, Any] = (await hub.client.get("/v1/notices/lead", params=query)).json()
        return answer

    found = await eventually(lead, lambda seen: seen["asked_later"] == 1)
    assert (found["notified"], found["asked_first"], found["share"]) == (1, 1, 0.5)
    assert 5400 <= found["median_lead_seconds"] < 5500
    assert len(await hub.world.published(ParcelNoticeRequested)) == 1


async def test_what_is_no_longer_so_or_too_much_is_not_told(hub: Gateway) -> None:
    number, follower = waybill(), case(hub)
    await daytime(hub, 12)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await follower.opened(number)
    await hub.world.wait_published(ParcelSnapshotTaken)
    await daytime(hub, 23)
    await hub.scans(scan(number, "MISROUTED", at(hub)))
    await hub.scans(scan(number, "ARRIVED_DEST", at(hub)))
    await daytime(hub, 10)

    async def moot() -> list[Any]:
        await pass_time(hub, 1)
        return await rows(hub, "select 1 from notice where state = 'moot' and rule = 'misrouted'")

    await eventually(moot)
    for code in ("DAMAGED", "BAD_ADDRESS", "UNREACHABLE", "LOST"):
        await hub.scans(scan(number, code, at(hub)))
        await pass_time(hub, 2)

    async def states() -> list[str]:
        await pass_time(hub, 1)
        return [row["state"] for row in await rows(hub, "select state from notice where rule <> 'misrouted'")]

    settled = await eventually(states, lambda seen: len(seen) >= 4 and "planned" not in seen)
    assert sorted(settled) == ["capped", "requested", "requested", "requested"]
    late = waybill()
    other = case(hub)
    await other.opened(late)
    await eventually(lambda: rows(hub, "select 1 from follower where case_id = $1", other.id))
    await hub.scans(scan(late, "DAMAGED", at(hub, -30)), scan(late, "OUT_FOR_DELIVERY", at(hub, -29)))
    assert (await hub.client.get(f"/v1/parcels/{late}/notices")).json() == []  # a history that came late is no news


async def test_people_correct_the_carrier_and_every_word_is_kept(hub: Gateway, provider: Kuaidi100Double) -> None:
    provider.parcels[YTO] = ("yuantong", "1", PICKED_UP)
    assert (await hub.parcel(YTO))["carrier"] == "yto"
    change = {"from_carrier": "yto", "to_carrier": "zto", "reason": "寄件人说是中通"}
    done = await hub.client.post(f"/v1/parcels/{YTO}/carrier", json=change)
    assert done.status_code == 201, done.text
    assert (await hub.client.post(f"/v1/parcels/{YTO}/carrier", json=change)).status_code == 409
    missing = await hub.client.get(f"/v1/parcels/{YTO}")
    assert missing.status_code == 404  # nothing is known of it at zto, and yto's parcel is not ours
    kept = await hub.parcel(YTO, carrier="yto")
    assert (kept["tracking_state"], kept["corrected_carrier"]) == ("stopped", "zto")
    back = {"from_carrier": "zto", "to_carrier": "yto", "reason": "看错了"}
    assert (await hub.client.post(f"/v1/parcels/{YTO}/carrier", json=back)).status_code == 201
    assert (await hub.parcel(YTO))["carrier"] == "yto"
    history = (await hub.client.get(f"/v1/parcels/{YTO}/carrier")).json()["changes"]
    assert [(entry["to_carrier"], entry["actor"], entry["reason"]) for entry in history] == [
        ("zto", "agent-1", "寄件人说是中通"),
        ("yto", "agent-1", "看错了"),
    ]
    audited = await rows(hub, "select 1 from audit where action = 'parcel.carrier_changed'")
    assert len(audited) == 2
    ours = waybill()
    await hub.scans(scan(ours, "COLLECTED", at(hub)))
    given_away = await hub.client.post(f"/v1/parcels/{ours}/carrier", json={**change, "from_carrier": "posthouse"})
    assert given_away.status_code == 409
    async with hub.world.client(hub.service, "tracking:read") as reader:
        assert (await reader.post(f"/v1/parcels/{YTO}/carrier", json=change)).status_code == 403
