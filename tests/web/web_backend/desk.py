"""Cases, routing, tracking and insights, as far as the desk meets them, and what tests make happen there."""

import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from web_backend.auth import USERS, signed_in
from web_backend.clock import now
from web_backend.problems import Refusal
from web_backend.streams import Stream

router = APIRouter()
AGENT = "li.na"


def _label(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


class Desk:
    """The agent's world. `fail` maps a path's end to how many requests to it are refused."""

    def __init__(self) -> None:
        self.routing, self.cases_stream, self.typing = Stream(), Stream(), Stream()
        self.presence: dict[str, Any] = {"presence": "offline", "reason": None}
        self.offers: dict[str, dict[str, Any]] = {}
        self.assignments: dict[str, dict[str, Any]] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.timelines: dict[str, list[dict[str, Any]]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.fail: dict[str, int] = {}
        self.closed_with: dict[str, Any] = {}
        self.agent_typed: list[str] = []

    # What tests make happen

    def contact(self, channel: str, address: str, name: str | None, text: str | None, **personal: Any) -> str:
        """Somebody got in touch; the case exists, nobody has it yet. Returns its id."""
        case_id, interaction_id = str(uuid.uuid4()), str(uuid.uuid4())
        number = len(self.cases) + 1
        self.cases[case_id] = {
            "case_id": case_id,
            "case_no": f"C2026-{number:06d}",
            "state": "open",
            "customer_name": name,
            "address": address,
            "channel": channel,
            "waybill_no": None,
            "opened_at": now(-40),
            "interactions": [{"interaction_id": interaction_id, "channel": channel, "address": address, "started_at": now(-40)}],
        }
        self.timelines[case_id] = []
        self.add(case_id, "interaction.started", channel=channel)
        if text is not None:
            self.says(case_id, text, **personal)
        return case_id

    def says(self, case_id: str, text: str, **personal: Any) -> None:
        """The customer writes."""
        case = self.cases[case_id]
        message = {"direction": "inbound", "author": case["customer_name"], "text": text, **personal}
        self.add(case_id, "message", channel=case["channel"], **message)

    def offer(self, case_id: str, seconds: float = 20) -> str:
        """Routing offers the case to the agent."""
        case, offer_id = self.cases[case_id], str(uuid.uuid4())
        last = next((one for one in reversed(self.timelines[case_id]) if one["kind"] == "message"), None)
        self.offers[offer_id] = {
            "offer_id": offer_id,
            "work_item_id": str(uuid.uuid4()),
            "case_id": case_id,
            "case_no": case["case_no"],
            "interaction_id": case["interactions"][0]["interaction_id"],
            "channel": case["channel"],
            "queue": "tracking",
            "waybill_no": None,
            "enqueued_at": now(-40),
            "offered_at": now(),
            "expires_at": now(seconds),
            "customer_name": case["customer_name"],
            "preview": last["text"] if last else None,
        }
        self.routing.append("offer.created", {"offer_id": offer_id, "case_id": case_id})
        return offer_id

    def withdraw(self, offer_id: str, how: str = "offer.rescinded") -> None:
        """The offer is taken back, or runs out."""
        del self.offers[offer_id]
        self.routing.append(how, {"offer_id": offer_id})

    def status(self, case_id: str, status: str, error: str | None = None) -> None:
        """The newest reply moves on."""
        entry = next(one for one in reversed(self.timelines[case_id]) if one.get("direction") == "outbound")
        entry.update(status=status, error_text=error)
        self.cases_stream.append("timeline.changed", {"case_id": case_id})

    def call_state(self, case_id: str, **times: str) -> None:
        """The case's call moves on: `queued_at`, `answered_at`, `ended_at`."""
        self.cases[case_id]["interactions"][0].update(times)
        self.cases_stream.append("case.changed", {"case_id": case_id})

    def add(self, case_id: str, kind: str, **fields: Any) -> dict[str, Any]:
        """A new timeline entry."""
        timeline = self.timelines[case_id]
        entry = {"entry_id": str(uuid.uuid4()), "seq": len(timeline) + 1, "kind": kind, "occurred_at": now(), **fields}
        timeline.append(entry)
        self.cases_stream.append("timeline.added", {"case_id": case_id})
        return entry

    # What the endpoints need

    def refused(self, path: str) -> None:
        for end, left in self.fail.items():
            if path.endswith(end) and left > 0:
                self.fail[end] = left - 1
                raise Refusal(503, "Temporarily unavailable", "The database is away. Try again.")


def _desk(request: Request) -> Desk:
    signed_in(request)
    desk: Desk = request.app.state.desk
    desk.refused(request.url.path)
    return desk


def _case(desk: Desk, case_id: str) -> dict[str, Any]:
    if case_id not in desk.cases:
        raise Refusal(404, "Not found", f"There is no case {case_id!r}.")
    return desk.cases[case_id]


@router.get("/routing/v1/events")
def routing_events(request: Request) -> StreamingResponse:
    return _desk(request).routing.respond(request)


@router.get("/cases/v1/events")
def case_events(request: Request) -> StreamingResponse:
    return _desk(request).cases_stream.respond(request)


@router.get("/insights/v1/live/snapshot")
def live(request: Request) -> dict[str, Any]:
    _desk(request)
    return {"agents": {"available": 3, "away": 1}, "report": {"rows": [_row("tracking", "sms", 2), _row("general", "voice", 0)]}}


def _row(queue: str, channel: str, waiting: int) -> dict[str, Any]:
    return {
        "queue": queue,
        "channel": channel,
        "waiting": waiting,
        "longest_wait_seconds": 75.0 * waiting,
        "service_level": {"value": 0.87, "variant": "SL"},
        "abandonment": {"value": 0.031, "variant": "AR2"},
        "asa_seconds": 14.0,
    }


@router.get("/chat/v1/interactions/{interaction_id}/typing")
def typing_events(request: Request, interaction_id: str) -> StreamingResponse:
    return _desk(request).typing.respond(request)


@router.post("/chat/v1/interactions/{interaction_id}/typing", status_code=204)
def typing(request: Request, interaction_id: str) -> None:
    _desk(request).agent_typed.append(interaction_id)


@router.get("/routing/v1/agents/me")
def me(request: Request) -> dict[str, Any]:
    return {"agent_id": signed_in(request), "name": USERS[signed_in(request)], **_desk(request).presence}


@router.put("/routing/v1/agents/me")
async def set_presence(request: Request) -> dict[str, Any]:
    _desk(request).presence = await request.json()
    return me(request)


@router.get("/routing/v1/agents/me/work")
def work(request: Request) -> dict[str, Any]:
    desk = _desk(request)
    return {"offers": list(desk.offers.values()), "assignments": list(desk.assignments.values())}


@router.post("/routing/v1/offers/{offer_id}/{answer}")
def answer_offer(request: Request, offer_id: str, answer: str) -> dict[str, Any]:
    desk = _desk(request)
    offer = desk.offers.pop(offer_id, None)
    if offer is None:
        raise Refusal(409, "Not possible in the present state", "The offer is no longer open.")
    if answer == "accept":
        desk.cases[offer["case_id"]]["owner"] = AGENT
        desk.assignments[offer["work_item_id"]] = {**offer, "state": "active", "accepted_at": now()}
        desk.add(offer["case_id"], "work.accepted", author=USERS[AGENT])
        desk.routing.append("assignment.created", {"case_id": offer["case_id"]})
    return {}


@router.get("/cases/v1/cases")
def cases(request: Request) -> dict[str, Any]:
    desk = _desk(request)
    return {"items": [one for one in desk.cases.values() if one.get("owner") == AGENT and one["state"] == "open"]}


@router.get("/cases/v1/cases/{case_id}")
def case(request: Request, response: Response, case_id: str) -> dict[str, Any]:
    response.headers["ETag"] = '"1"'
    return _case(_desk(request), case_id)


@router.get("/cases/v1/cases/{case_id}/timeline")
def timeline(request: Request, case_id: str) -> dict[str, Any]:
    return {"items": _desk(request).timelines[case_id]}


@router.post("/cases/v1/cases/{case_id}/messages", status_code=201)
async def reply(request: Request, case_id: str) -> dict[str, Any]:
    desk = _desk(request)
    key = request.headers["idempotency-key"]
    if key not in desk.answers:
        text = (await request.json())["text"]
        one = _case(desk, case_id)
        desk.answers[key] = desk.add(
            case_id, "message", channel=one["channel"], direction="outbound", author=USERS[AGENT], text=text, status="pending"
        )
    return desk.answers[key]


@router.post("/cases/v1/cases/{case_id}/notes", status_code=201)
async def note(request: Request, case_id: str) -> dict[str, Any]:
    return _desk(request).add(case_id, "note", author=USERS[AGENT], text=(await request.json())["text"])


@router.post("/cases/v1/cases/{case_id}/close")
async def close(request: Request, case_id: str) -> dict[str, Any]:
    desk = _desk(request)
    one, desk.closed_with = _case(desk, case_id), await request.json()
    one.update(state="closed", closed_at=now(), resolution=desk.closed_with["resolution"])
    one["interactions"][0].setdefault("ended_at", now())
    desk.assignments = {key: held for key, held in desk.assignments.items() if held["case_id"] != case_id}
    desk.add(case_id, "case.closed", author=USERS[AGENT], text=one["resolution"])
    desk.routing.append("assignment.ended", {"case_id": case_id})
    return one
