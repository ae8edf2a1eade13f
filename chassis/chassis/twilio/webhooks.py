"""Twilio's signed form posts: nothing of the body is believed before the signature holds."""

from typing import Any

from fastapi import Request

from chassis.http.deps import raw_body
from chassis.http.problems import BadRequest, FieldError, Forbidden
from chassis.twilio.settings import TwilioSettings
from chassis.twilio.signature import SIGNATURE_HEADER, Fields, public_url, signed_fields

FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Twilio's webhook fields, signed in `X-Twilio-Signature`; unknown fields are kept",
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": True}}},
    }
}
"""`openapi_extra` of an endpoint that reads a signed form."""


class SignedForms:
    """Reads signed forms that were sent to our public address."""

    def __init__(self, settings: TwilioSettings, public_base_url: str, prefix: str) -> None:
        """`prefix` is where the service is mounted below the public base URL."""
        self._tokens = settings.webhook_tokens()
        self._max_fields = settings.twilio_max_fields
        self._base, self._prefix = public_base_url, prefix

    async def read(self, request: Request) -> Fields:
        """The form's fields. 403 unless Twilio signed exactly this body for exactly this address."""
        fields = signed_fields(
            self._tokens,
            url=public_url(self._base, self._prefix, request.scope),
            body=await raw_body(request),
            content_type=request.headers.get("content-type"),
            signature=request.headers.get(SIGNATURE_HEADER),
            max_fields=self._max_fields,
        )
        if fields is None:
            raise Forbidden("The request does not carry a valid Twilio signature for this address.")
        return fields


def malformed(field: str, detail: str) -> BadRequest:
    """The problem that names a form field."""
    return BadRequest(f"#/{field}: {detail}", errors=[FieldError(pointer=f"#/{field}", detail=detail)])
