"""Cases, routing, tracking and insights, as far as the desk meets them, and what tests make happen there."""

import copy
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


STEPS = [
    {"id": "ask_number", "label": _label("询问姓名及单号", "Ask name and waybill")},
    {"id": "verify", "label": _label("确认客户及单号", "Verify identity and number")},
    {"id": "answer", "label": _label("答复疑问", "Answer")},
]


def _field(name: str, zh: str, en: str, kind: str = "text", options: tuple[str, ...] = ()) -> dict[str, Any]:
    field = {"name": name, "label": _label(zh, en), "type": kind, "options": list(options)}
    return {**field, "mandatory": True, "value": None}


LEVEL = _field(
    "verification_level", "核验级别", "Verification level", "choice", ("none", "channel", "confirmed", "identity")
)
PROCEDURE: dict[str, Any] = {
    "id": "tracking_query",
    "version": 1,
    "label": _label("快件查询", "Tracking query"),
    "step": "ask_number",
    "step_label": STEPS[0]["label"],
    "actor_label": _label("前台坐席", "Front-office agent"),
    "note": None,
    "asked": [_field("customer_name", "客户姓名", "Customer name"), _field("waybill_no", "运单号", "Waybill number")],
    "ways": [
        {"to": "verify", "to_label": STEPS[1]["label"], "outcome": None, "label": None, "open": False, "missing": []}
    ],
    "deadlines": [{"limit": "answer", "step": "answer", "due_at": now(170), "legal": False}],
    "ended": False,
}
SUMMARY: dict[str, Any] = {
    "state": "open",
    "owner": None,
    "owner_name": None,
    "waybill_no": None,
    "language": "zh-CN",
    "version": 1,
    "resolution": None,
}
INTERACTION: dict[str, Any] = {"started_at": now(-40), "queued_at": None, "answered_at": None, "ended_at": None}
ENTRY: dict[str, Any] = {
    "interaction_id": None,
    "channel": None,
    "message_id": None,
    "status": None,
    "text": None,
    "texts": None,
    "attachments": [],
    "data": {},
}


class Desk:
    """The agent's world. `fail` maps a path's end to how many requests to it are refused."""

    def __init__(self) -> None:
        self.routing, self.stream, self.typing = Stream(), Stream(), Stream()
        self.presence: dict[str, Any] = {"presence": "offline", "reason": None}
        self.offers: dict[str, dict[str, Any]] = {}
        self.assignments: dict[str, dict[str, Any]] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.timelines: dict[str, list[dict[str, Any]]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.fail: dict[str, int] = {}
        self.closed_with: dict[str, Any] = {}
        self.agent_typed: list[str] = []
        self.late = 0
        """How many times more the case service has not yet heard that the agent took a case."""
        self.steps: list[dict[str, Any]] = []

    # What tests make happen

    def contact(self, channel: str, address: str, name: str | None, text: str | None, **personal: Any) -> str:
        """Somebody got in touch; the case exists, nobody has it yet. Returns its id."""
        case_id = str(uuid.uuid4())
        self.cases[case_id] = {
            **SUMMARY,
            "id": case_id,
            "case_no": f"C2026-{len(self.cases) + 1:06d}",
            "customer_id": str(uuid.uuid4()),
            "channel": channel,
            "opened_at": now(-40),
            "customer_name": name,
            "procedure_state": copy.deepcopy(PROCEDURE),
            "interactions": [
                {
                    **INTERACTION,
                    "id": str(uuid.uuid4()),
                    "channel": channel,
                    "address": address,
                    "can_reply": channel != "voice",
                }
            ],
        }
        self.timelines[case_id] = []
        self.add(
            case_id, "status", "system", texts={"zh-CN": "工单已建立：快件查询", "en": "Case opened: Tracking query"}
        )
        if text is not None:
            self.says(case_id, text, **personal)
        return case_id

    def says(self, case_id: str, text: str, **personal: Any) -> None:
        """The customer writes."""
        case = self.cases[case_id]
        data = {"sender": case["customer_name"], **personal}
        self.add(case_id, "message_in", "customer", channel=case["channel"], text=text, data=data)

    def offer(self, case_id: str, seconds: float = 20) -> str:
        """Routing offers the case to the agent."""
        case, offer_id = self.cases[case_id], str(uuid.uuid4())
        last = next((one for one in reversed(self.timelines[case_id]) if one["kind"] == "message_in"), None)
        self.offers[offer_id] = {
            "offer_id": offer_id,
            "work_item_id": str(uuid.uuid4()),
            "case_id": case_id,
            "case_no": case["case_no"],
            "interaction_id": case["interactions"][0]["id"],
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
        entry = next(one for one in reversed(self.timelines[case_id]) if one["kind"] == "message_out")
        entry.update(status=status, data={**entry["data"], "error_text": error})
        self.stream.append("timeline.changed", entry)

    def call_state(self, case_id: str, **times: str) -> None:
        """The case's call moves on: `queued_at`, `answered_at`, `ended_at`."""
        self.cases[case_id]["interactions"][0].update(times)
        what = next(iter(times)).removesuffix("_at")
        self.add(case_id, "call", "system", texts={"zh-CN": what, "en": what}, channel="voice")

    def add(self, case_id: str, kind: str, actor: str, **fields: Any) -> dict[str, Any]:
        """A new timeline entry."""
        timeline = self.timelines[case_id]
        entry = {
            **ENTRY,
            "case_id": case_id,
            "seq": len(timeline) + 1,
            "kind": kind,
            "actor": actor,
            "occurred_at": now(),
            **fields,
        }
        entry["interaction_id"] = self.cases[case_id]["interactions"][0]["id"]
        timeline.append(entry)
        self.stream.append("timeline.added", entry)
        return entry

    def assign(self, case_id: str) -> None:
        """The case becomes the agent's."""
        case = self.cases[case_id]
        case.update(owner=AGENT, owner_name=USERS[AGENT], version=case["version"] + 1)
        self.add(case_id, "status", "system", texts={"zh-CN": "李娜 已接手", "en": "Li Na took the case"})
        self.stream.append("case.assigned", {"case": case, "work_item_id": "w"})

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
    return _desk(request).stream.respond(request)


@router.get("/insights/v1/live/snapshot")
def live(request: Request) -> dict[str, Any]:
    _desk(request)
    return {
        "agents": {"available": 3, "away": 1},
        "report": {"rows": [_row("tracking", "sms", 2), _row("general", "voice", 0)]},
    }


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
        desk.assignments[offer["work_item_id"]] = {**offer, "state": "active", "accepted_at": now()}
        desk.assign(offer["case_id"])
        desk.routing.append("assignment.created", {"case_id": offer["case_id"]})
    return {}


@router.get("/cases/v1/cases")
def cases(request: Request) -> dict[str, Any]:
    desk = _desk(request)
    mine = [one for one in desk.cases.values() if one["owner"] == AGENT and one["state"] == "open"]
    return {"items": mine[::-1], "next": None}


@router.get("/cases/v1/cases/{case_id}")
def case(request: Request, response: Response, case_id: str) -> dict[str, Any]:
    response.headers["ETag"] = '"1"'
    desk = _desk(request)
    if desk.late > 0:
        desk.late -= 1
        raise Refusal(403, "Not allowed", "The case is another agent's.")
    return _case(desk, case_id)


@router.get("/cases/v1/cases/{case_id}/timeline")
def timeline(request: Request, case_id: str, after: int, limit: int) -> dict[str, Any]:
    entries = _desk(request).timelines[case_id]
    return {"items": entries[after : after + limit], "last_seq": len(entries)}


@router.post("/cases/v1/cases/{case_id}/messages", status_code=201)
async def reply(request: Request, case_id: str) -> dict[str, Any]:
    desk = _desk(request)
    key = request.headers["idempotency-key"]
    if key not in desk.answers:
        text = (await request.json())["text"]
        channel = _case(desk, case_id)["channel"]
        data = {"author_name": USERS[AGENT]}
        desk.answers[key] = desk.add(
            case_id, "message_out", AGENT, channel=channel, text=text, status="pending", data=data
        )
    return desk.answers[key]


@router.post("/cases/v1/cases/{case_id}/notes", status_code=201)
async def note(request: Request, case_id: str) -> dict[str, Any]:
    text = (await request.json())["text"]
    return _desk(request).add(case_id, "note", AGENT, text=text, data={"author_name": USERS[AGENT]})


@router.get("/cases/v1/procedures/{procedure}")
def procedure(request: Request, procedure: str) -> dict[str, Any]:
    signed_in(request)
    return {"definition": {"steps": [*STEPS, {"id": "closed", "label": _label("结束", "Closed"), "end": True}]}}


@router.post("/cases/v1/cases/{case_id}/steps")
async def step(request: Request, case_id: str) -> dict[str, Any]:
    desk = _desk(request)
    one, body = _case(desk, case_id), await request.json()
    missing = [name for name in ("customer_name", "waybill_no") if name not in body["fields"]]
    if missing and not body["deviation_reason"]:
        raise _fields_missing("ask_number", missing)
    desk.steps.append(body)
    one["procedure_state"].update(step="verify", step_label=STEPS[1]["label"], asked=[LEVEL])
    data = {"code": "step.completed", "step": "ask_number"}
    desk.add(case_id, "step", AGENT, texts={"zh-CN": "已完成", "en": "Done"}, data=data)
    return one


@router.post("/cases/v1/cases/{case_id}/close")
async def close(request: Request, case_id: str) -> dict[str, Any]:
    desk = _desk(request)
    one, body = _case(desk, case_id), await request.json()
    if "answer_text" not in body["fields"] and not body["deviation_reason"]:
        raise _fields_missing("closing", ["answer_text"])
    desk.closed_with = body
    one.update(state="closed", closed_at=now(), resolution=body["resolution"], version=one["version"] + 1)
    one["interactions"][0]["ended_at"] = now()
    desk.assignments = {key: held for key, held in desk.assignments.items() if held["case_id"] != case_id}
    desk.add(case_id, "status", AGENT, texts={"zh-CN": "工单已关闭", "en": "Case closed"})
    desk.stream.append("case.changed", one)
    desk.routing.append("assignment.ended", {"case_id": case_id})
    return one


def _fields_missing(where: str, names: list[str]) -> Refusal:
    errors = [{"pointer": f"#/fields/{name}", "detail": "mandatory"} for name in names]
    detail = f"Mandatory fields are missing ({where}: {', '.join(names)}). Give them, or a deviation_reason."
    extra = {"missing": {where: names}, "deviation_allowed": True, "type": "urn:posthouse:problem:fields-missing"}
    return Refusal(409, "Mandatory fields are missing", detail, errors=errors, **extra)
