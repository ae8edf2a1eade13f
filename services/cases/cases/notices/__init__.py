"""What procedures tell customers, in their language: one template per notice, filled from the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.domain.dictionary import as_instant
from cases.wording import Wording
from chassis.i18n import Catalogue
from contracts.values import Language


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a notice can speak of. `due_at` is when the customer hears from us next, or must answer."""

    case_no: str
    waybill_no: str | None
    step: str
    fields: Mapping[str, Any]
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A notice ready to send; the subject is for mail."""

    subject: str
    text: str


_MOMENTS = {
    "promise_sms": "promised_reply_at",
    "callback_confirmation": "callback_at",
}
"""Fields that name the time a notice speaks of; without one, it is the occasion's."""


class Templates:
    """The templates of one company."""

    def __init__(self, words: Wording, *, company: Mapping[str, str], appeal: Mapping[str, str]) -> None:
        self._catalogue = Catalogue.load("cases.notices")
        self._words = words
        self._company = company
        self._appeal = appeal

    def knows(self, notice: str) -> bool:
        """Whether there is a template of that name."""
        return f"subject.{notice}" in self._catalogue.keys()  # noqa: SIM118 - not a mapping

    def notice(self, language: Language, notice: str, occasion: Occasion) -> Text:
        """The notice in the language."""
        values = self._values(language, notice, occasion)
        body = self._catalogue.text(language, notice, **values)
        sign = self._catalogue.text(language, "sign", **values)
        return Text(self._catalogue.text(language, f"subject.{notice}", **values).strip(), f"{body.strip()}\n{sign}")

    def code(self, language: Language, code: str, minutes: int) -> str:
        """The message with a code that proves an address."""
        company = self._company[language.value]
        return self._catalogue.text(language, "verification_code", code=code, minutes=minutes, company=company)

    def _values(self, language: Language, notice: str, occasion: Occasion) -> dict[str, str]:
        fields = occasion.fields
        moment = as_instant(fields.get(_MOMENTS.get(notice, ""))) or occasion.due_at
        return {
            "case_no": occasion.case_no,
            "company": self._company[language.value],
            "appeal": self._appeal[language.value],
            "step": occasion.step,
            "area": str(fields.get("affected_area") or "—"),
            "about": self._about(language, occasion),
            "by": self._part(language, "by", moment=self._moment(language, moment)) or self._part(language, "soon"),
            "answer": self._part(language, "answer", answer=fields.get("answer_text")),
            "remedy": self._part(language, "remedy", remedy=fields.get("remedy_type")),
            "order": self._part(language, "order", order_no=fields.get("order_no")),
            "pickup": self._part(
                language, "pickup", moment=self._moment(language, as_instant(fields.get("pickup_window")))
            ),
            "price": self._part(language, "price", amount=_money(fields.get("freight_quote"))),
            "amount": self._part(language, "amount", amount=_money(fields.get("amount"))),
        }

    def _about(self, language: Language, occasion: Occasion) -> str:
        if occasion.waybill_no:
            return self._catalogue.text(language, "part.parcel", waybill_no=occasion.waybill_no)
        return self._catalogue.text(language, "part.matter")

    def _part(self, language: Language, part: str, **values: object) -> str:
        """A piece of a text; nothing if what it speaks of is not known."""
        if any(value is None for value in values.values()):
            return ""
        return self._catalogue.text(language, f"part.{part}", **values)

    def _moment(self, language: Language, moment: datetime | None) -> str | None:
        return self._words.moment(language, moment) if moment else None


def _money(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    minor = int(value["minor"])
    return f"{minor // 100}.{minor % 100:02d} {value['currency']}"
