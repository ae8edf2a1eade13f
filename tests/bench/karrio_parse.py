"""karrio's parser of one carrier on given bodies, timed. Runs in an environment that has karrio and nothing of ours.

Bodies are handed over as karrio's own clients do; asking FedEx for a proof of delivery, which its parser does over the
network, is left out. Reads {"source", "seconds", "bodies"} as JSON, prints {"rate"}: bodies a second of processor time.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import karrio.lib as lib
import karrio.providers.fedex.utils as fedex_utils
import karrio.sdk as karrio

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "ups": ("ups", {"client_id": "a", "client_secret": "b", "account_number": "c"}),
    "fedex": ("fedex", {"track_api_key": "a", "track_secret_key": "b", "account_number": "c"}),
    "usps": ("usps", {"client_id": "a", "client_secret": "b"}),
    "dhl": ("dhl_universal", {"consumer_key": "a", "consumer_secret": "b"}),
    "easypost": ("easypost", {"api_key": "a"}),
}
SHAPES: dict[str, Callable[[Any], Any]] = {
    "ups": lambda answer: [("number", answer)],
    "fedex": lambda answer: answer,
    "usps": lambda answer: [("number", answer)],
    "dhl": lambda answer: [answer],
    "easypost": lambda event: [("number", event["result"])],
}


def main() -> None:
    """Parse all bodies again and again until the time is used up."""
    question = json.load(sys.stdin)
    name, settings = SETTINGS[question["source"]]
    gateway = karrio.gateway[name].create(settings)
    bodies = question["bodies"]
    shape = SHAPES[question["source"]]
    fedex_utils.get_proof_of_delivery = lambda *_: None

    def work() -> None:
        for body in bodies:
            response = lib.Deserializable(body, lambda text: shape(lib.to_dict(text)))
            details, _messages = gateway.mapper.parse_tracking_response(response)
            if len(details) != 1 or len(details[0].events) != 5:
                raise RuntimeError(f"{name}: not five events: {details} {_messages}")

    work()
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < question["seconds"]:
        work()
        done += len(bodies)
    print(json.dumps({"rate": done / spent}))


if __name__ == "__main__":
    main()
