"""Requests that the load generator sends."""

import itertools
import json
import random
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from chassis.twilio.signature import sign
from posthouse.demo.environment import ACCOUNT_SID, NUMBER_EN
from tests.bench.load import get, post


def sms(options: dict[str, Any]) -> Iterator[bytes]:
    """Signed inbound texts, each new, from many numbers. Signed beforehand: signing is the provider's work."""
    prepared = []
    for index in range(options["count"]):
        form = {
            "ToCountry": "US",
            "SmsMessageSid": f"SM{uuid.uuid4().hex}",
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "AccountSid": ACCOUNT_SID,
            "From": f"+1202{index % options['numbers']:07d}",
            "To": NUMBER_EN,
            "Body": f"Where is my parcel SF10000{index:08d}?",
            "NumSegments": "1",
            "NumMedia": "0",
            "FromCountry": "US",
            "ApiVersion": "2010-04-01",
        }
        body = urlencode(form).encode()
        signature = sign(options["auth_token"], options["public_url"], list(form.items()))
        prepared.append(
            post(
                options["path"],
                options["host"],
                body,
                "application/x-www-form-urlencoded",
                X_Twilio_Signature=signature,
            )
        )
    return iter(prepared)


def bare(options: dict[str, Any]) -> Iterator[bytes]:
    """What the bare baseline takes."""
    for index in itertools.count():
        body = json.dumps(
            {"id": uuid.uuid4().hex, "sender": f"+1202{index:07d}", "text": "Where is my parcel?"}
        ).encode()
        yield post(options["path"], options["host"], body, "application/json")


def parcels(options: dict[str, Any]) -> Iterator[bytes]:
    """Questions about random parcels of the first `most`."""
    chance = random.Random(1)
    while True:
        number = f"PH{chance.randint(1, options['most']):012d}"
        yield get(f"/tracking/v1/parcels/{number}", options["host"], Authorization=f"Bearer {options['token']}")
