"""Pushes of Kuaidi100: the full history of a parcel, whenever it changes."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from chassis.http.deps import WebhookIntake, raw_body, service_of
from chassis.http.problems import BadRequest, FieldError, Forbidden, problems
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.kuaidi100.parse import parse_push
from tracking_gateway.carriers.kuaidi100.sign import push_is_genuine
from tracking_gateway.domain.observation import observe
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import KUAIDI100, Knowledge

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["param", "sign"],
                    "properties": {"param": {"type": "string"}, "sign": {"type": "string"}},
                }
            }
        },
    }
}


class Received(BaseModel):
    """What Kuaidi100 expects to hear; anything else makes it try again."""

    result: bool = True
    returnCode: str = Field(default="200")  # noqa: N815 - the provider's name
    message: str = "成功"


router = APIRouter(prefix="/v1/kuaidi100", tags=["Kuaidi100"], dependencies=[WebhookIntake])


@router.post("/push", responses=problems(400, 403, 413, 503), openapi_extra=_FORM)
async def receive_push(request: Request) -> Received:
    """A push of Kuaidi100. Its signature is checked over `param` as delivered; answered when all of it is durable."""
    state = request.app.state
    knowledge: Knowledge = state.knowledge
    intake: Intake = state.intake
    param, signature = _fields(await raw_body(request))
    salt: str | None = state.kuaidi100_salt
    if salt is None:
        raise Forbidden("Pushes of this provider are not configured here.")
    if not push_is_genuine(param, signature, salt):
        raise Forbidden("The signature does not match.")
    try:
        told = parse_push(param)
    except Malformed as error:
        raise BadRequest(str(error), errors=[FieldError(pointer=error.pointer, detail=error.detail)]) from error
    observation = observe(
        told,
        source=KUAIDI100,
        codes=knowledge.codes[KUAIDI100],
        interpreter=knowledge.interpreter,
        received_at=service_of(request).clock.now(),
        snapshot=True,
        body=param.replace("\x00", ""),
    )
    await intake.accept([observation])
    return Received()


def _fields(body: bytes) -> tuple[str, str]:
    """`param` and `sign` of the form, each of which must be there once."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise _missing("#", "must be a URL-encoded form in UTF-8") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields and name in ("param", "sign"):
            raise _missing(f"#/{name}", "must be given once")
        fields[name] = value
    for name in ("param", "sign"):
        if not fields.get(name):
            raise _missing(f"#/{name}", "is missing or empty")
    return fields["param"], fields["sign"]


def _missing(pointer: str, detail: str) -> BadRequest:
    return BadRequest(f"{pointer}: {detail}", errors=[FieldError(pointer=pointer, detail=detail)])
