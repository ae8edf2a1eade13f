"""The live stream of the signed-in agent."""

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from cases.actions.file import agent_channel
from cases.api.changing import Reader
from chassis.http.deps import DB
from chassis.http.problems import problems
from chassis.http.sse import event_stream

router = APIRouter(prefix="/v1/events", tags=["Live"])

_DESCRIPTION = """Server-sent events about the caller's cases. Each has an `id`; reconnect with `Last-Event-ID` and
nothing is missed or repeated.

- `case.assigned` `{case, work_item_id}`: the caller has this case now.
- `case.changed` (a case): the case itself changed; `version` is its new ETag.
- `case.released` `{case_id, reason | taken_by}`: the caller does not have it any more.
- `timeline.added` (an entry): a message, call, note, step … was added. `seq` has no gaps.
- `timeline.changed` (an entry): the `status` of a message we sent changed.
- `case.watched` `{case}`: the caller watches this case now, and gets its `case.changed` and `timeline.*` too.
- `case.mentioned` `{case_id, case_no, by, by_name, text}`: a note mentions the caller, who may read the case now.
- `case.merged` `{case_id, into}`, `case.unmerged` `{case_id, from}`: entries went from one case to the other; read both
  timelines anew.
- `job.progress` `{job_id, state, total, done, failed}`: how far a bulk command of the caller is.
- `hello`, `heartbeat` `{seq}`: the newest number. `reset` `{seq}`: what was asked for is gone; read everything anew.
"""


@router.get(
    "",
    response_class=StreamingResponse,
    description=_DESCRIPTION,
    responses={200: {"content": {"text/event-stream": {}}}, **problems(400)},
)
async def live_events(request: Request, principal: Reader, db: DB) -> StreamingResponse:
    """The stream; subscribing is audited, since it carries what customers write."""
    stream = event_stream(request, db, agent_channel(principal.subject))
    async with db.transaction() as tx:
        tx.audit(principal.subject, "events.subscribe", f"agent/{principal.subject}")
    return stream
