"""Callbacks: the customer need not wait on the line."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from cases.actions import callbacks
from cases.actions.file import CaseFile
from cases.api.actions import require_open
from cases.api.changing import ChangeOf
from cases.api.refusals import NobodyWaits
from cases.api.schemas import Body
from chassis.http.problems import problems

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["Cases"])


class AskCallback(Body):
    """When to call back."""

    not_before: AwareDatetime | None = Field(default=None, description="a time appointed; absent: when the turn comes")


class CallbackAsked(BaseModel):
    """The customer will be called back for this work item."""

    work_item_id: UUID
    not_before: AwareDatetime | None


@router.post(
    "/callback", status_code=202, response_model=CallbackAsked, responses=problems(400, 403, 404, 409, 412, 422)
)
async def ask_callback(case_id: UUID, body: AskCallback, change: ChangeOf) -> Response:
    """Let the customer go and call them back: the work keeps its place, whoever hangs up. 409 if nobody waits."""

    async def effect(file: CaseFile) -> CallbackAsked:
        require_open(file)
        item = await callbacks.waiting_item(file.tx, file)
        if item is None:
            raise NobodyWaits(f"Nobody waits for an agent in {file.case.case_no}.")
        await callbacks.ask(file, item, body.not_before)
        await file.write()
        return CallbackAsked(work_item_id=item.id, not_before=body.not_before)

    return await change.run(case_id, effect, status=202, owned=False)
