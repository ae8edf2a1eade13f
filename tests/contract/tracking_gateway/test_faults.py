"""What the gateway does while PostgreSQL is away: nothing is answered 2xx that is not durable."""

from chassis.db.server import PostgresServer
from tests.contract.tracking_gateway.conftest import Gateway, item, push_form, scan, waybill, zto_number
from tests.support.world import eventually


async def test_without_a_database_nothing_is_accepted_and_the_provider_is_told_to_try_again(
    gateway: Gateway, postgres_server: PostgresServer
) -> None:
    number, pushed = waybill(), zto_number()
    body = [scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00")]
    form = push_form(pushed, [item("2026-01-03 18:00:00", "已揽收")])
    postgres_server.kill()
    try:
        for answer in (
            await gateway.client.post("/v1/scans", json=body),
            await gateway.push(form),
            await gateway.client.get(f"/v1/parcels/{number}"),
            await gateway.client.get("/v1/detect", params={"text": number}),
        ):
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
    finally:
        postgres_server.start()

    async def both() -> list[int]:
        return [(await gateway.client.post("/v1/scans", json=body)).status_code, (await gateway.push(form)).status_code]

    assert await eventually(both, lambda statuses: statuses == [200, 200]) == [200, 200]
    scanned = [event for event in (await gateway.parcel(number))["events"] if event["at"].startswith("2026-01-03")]
    assert len(scanned) == 1  # the clock may have said something of its own since
    assert (await gateway.parcel(pushed))["status"] == "picked_up"
