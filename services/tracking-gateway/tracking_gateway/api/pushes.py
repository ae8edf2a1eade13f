"""What providers push to us: one endpoint each, alike but for signature and form."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import orjson
from fastapi import APIRouter, Request, Response

from chassis.http.deps import WebhookIntake, raw_body, service_of
from chassis.http.problems import BadRequest, FieldError, Forbidden, problems
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.port import Forged, PushSource
from tracking_gateway.domain.observation import Observation, Told, observe
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import Knowledge


def push_router(sources: Sequence[PushSource]) -> APIRouter:
    """`POST /v1/<provider>/push` for each source."""
    router = APIRouter(prefix="/v1", tags=["Provider pushes"], dependencies=[WebhookIntake])
    for source in sources:
        router.add_api_route(
            f"/{source.name}/push",
            _receiver(source),
            methods=["POST"],
            name=f"receive_{source.name}_push",
            summary=f"A push of {source.name}",
            description="Its signature is checked over the body as delivered; answered when all of it is durable. "
            "Repeated pushes change nothing.",
            responses={
                200: {"description": "Taken", "content": {"application/json": {"schema": {"type": "object"}}}},
                **problems(400, 403, 413, 503),
            },
            response_class=Response,
            openapi_extra={"requestBody": dict(source.body_schema)},
        )
    return router


def _receiver(source: PushSource) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        intake: Intake = request.app.state.intake
        body = await raw_body(request)
        try:
            told = source.open(request.headers, request.query_params, body)
        except Forged as error:
            raise Forbidden("The signature does not match, or pushes of this provider are not configured.") from error
        except Malformed as error:
            raise BadRequest(str(error), errors=[FieldError(pointer=error.pointer, detail=error.detail)]) from error
        now = service_of(request).clock.now()
        kept = body.decode("utf-8", "replace").replace("\x00", "")
        await intake.accept(_observations(request.app.state.knowledge, source, told, now, kept))
        return Response(orjson.dumps(dict(source.reply(now))), media_type="application/json")

    return receive


def _observations(
    knowledge: Knowledge, source: PushSource, told: Sequence[Told], now: datetime, body: str
) -> list[Observation]:
    return [
        observe(
            item,
            source=source.name,
            codes=knowledge.codes[source.name],
            interpreter=knowledge.interpreter,
            received_at=now,
            snapshot=source.snapshots,
            body=body,
        )
        for item in told
    ]
