"""Twilio's signed form posts: nothing of the body is believed before the signature holds."""

from typing import Any

from fastapi import Request

from channel_sms.settings import Settings
from channel_sms.twilio.inbound import MalformedField
from chassis.http.deps import raw_body
from chassis.http.problems import BadRequest, FieldError, Forbidden
from chassis.twilio.signature import Fields, public_url, signed_fields

PREFIX = "/sms"
"""Where this service is mounted; part of every URL Twilio signs."""

FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Twilio's webhook fields, signed in `X-Twilio-Signature`; unknown fields are kept",
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": True}}},
    }
}


class SignedForms:
    """Reads signed forms that were sent to our public address."""

    def __init__(self, settings: Settings, public_base_url: str) -> None:
        self._tokens = settings.webhook_tokens()
        self._max_fields = settings.twilio_max_fields
        self._base = public_base_url

    async def read(self, request: Request) -> Fields:
        """The form's fields. 403 unless Twilio signed exactly this body for exactly this address."""
        body = await raw_body(request)
        headers = request.headers
        fields = signed_fields(
            self._tokens,
            url=public_url(self._base, PREFIX, request.scope),
            body=body,
            content_type=headers.get("content-type"),
            signature=headers.get("x-twilio-signature"),
            max_fields=self._max_fields,
        )
        if fields is None:
            raise Forbidden("The request does not carry a valid Twilio signature for this address.")
        return fields


def malformed(error: MalformedField) -> BadRequest:
    """The problem that names the field."""
    detail = f"#/{error.field}: {error.detail}"
    return BadRequest(detail, errors=[FieldError(pointer=f"#/{error.field}", detail=error.detail)])
