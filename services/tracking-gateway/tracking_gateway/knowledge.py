"""Everything the gateway knows that is data: formats, code tables, reading rules, exception rules; loaded once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Any

from tracking_gateway.data import load, load_yaml
from tracking_gateway.domain.codes import CodeMap
from tracking_gateway.domain.events import CLOCK, clock_meaning
from tracking_gateway.domain.exceptions import ExceptionRules
from tracking_gateway.domain.fold import FOLD_REVISION, Folder
from tracking_gateway.domain.interpret import Interpreter
from tracking_gateway.domain.model import Meaning
from tracking_gateway.domain.notices import NoticeRules
from tracking_gateway.domain.numbers.formats import Formats
from tracking_gateway.domain.numbers.rank import Ranker, Weights
from tracking_gateway.domain.promise import PromiseTable
from tracking_gateway.domain.shipment import Shipment
from tracking_gateway.domain.silence import Silence
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.domain.text.reader import Reader
from tracking_gateway.domain.text.rules import TextRules
from tracking_gateway.parameters import TrackingParameters

COURIER, KUAIDI100 = "courier", "kuaidi100"
PROVIDERS: Mapping[str, str] = {
    COURIER: "courier",
    KUAIDI100: "kuaidi100",
    "kdniao": "kdniao",
    "17track": "track17",
    "aftership": "aftership",
    "easypost": "easypost",
    "sf": "sf",
    "ups": "ups",
    "fedex": "fedex",
    "usps": "usps",
    "dhl": "dhl",
    "epcis": "epcis",
}
"""Sources of events, as events name them, and the folder of each under `carriers/`."""


class Knowledge:
    """The rules of this process. `rules` is their fingerprint: a state folded by other rules is folded anew."""

    def __init__(self, parameters: TrackingParameters, *, own_carrier: str, own_pattern: str) -> None:
        mappings = {source: load_mapping(folder) for source, folder in PROVIDERS.items()}
        exception_data, text_data = load("exceptions"), load_yaml("text_rules")
        self.exceptions = ExceptionRules.load(exception_data)
        self.codes = {source: CodeMap.load(data) for source, data in mappings.items()}
        reader = Reader(TextRules.load(text_data), self.exceptions.moot)
        self.interpreter = Interpreter(reader, self.exceptions.moot)
        self.folder = Folder(self.exceptions, attempt_gap=timedelta(minutes=parameters.attempt_gap_minutes))
        self.rules = _fingerprint(mappings, exception_data, text_data, parameters.attempt_gap_minutes, FOLD_REVISION)
        self.promises = PromiseTable.load(load_yaml("promises"), home=parameters.home_country)
        self.notices = NoticeRules.load(
            load_yaml("notices"), quiet_from=parameters.notice_quiet_from, quiet_until=parameters.notice_quiet_until
        )
        self._silence = parameters.silence()
        formats = Formats.load(load("number_formats"), load("s10_posts"), own=(own_carrier, own_pattern))
        self.ranker = Ranker(formats, _weights(parameters), own=own_carrier, home=parameters.home_country)

    def meaning(self, source: str, code: str, text: str) -> Meaning:
        """What a stored event says by today's rules."""
        if source == CLOCK:
            return clock_meaning(code)
        return self.interpreter.interpret(self.codes[source], code, text)

    def pending(self, carrier: str, state: ParcelState, shipment: Shipment | None) -> list[Silence]:
        """What the clock may still prove about a parcel, by silence or by its promise, soonest first."""
        found = self._silence.pending(carrier, state)
        if shipment is None:
            return found
        return sorted(found + self.promises.pending(shipment, state), key=lambda item: (item.due, item.code))


def load_mapping(folder: str) -> Mapping[str, Any]:
    """The parsed code table of a provider's folder."""
    file = files("tracking_gateway") / "carriers" / folder / "mapping.json"
    data: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return data


def _weights(parameters: TrackingParameters) -> Weights:
    return Weights(
        not_a_waybill=parameters.not_a_waybill,
        own_share=parameters.own_share,
        mentioned=parameters.mentioned_factor,
        asked=parameters.asked_factor,
        history=parameters.history_factor,
        known=parameters.known_factor,
        floor=parameters.confidence_floor,
    )


def _fingerprint(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
