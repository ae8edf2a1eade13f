"""The words of timeline entries: a code and its details, rendered in the reader's language.

Entries keep the code and the details only. What a detail means to people (the name of a queue, why work was cancelled,
a point in time) is looked up here when the entry is shown; a value without words of its own is shown as it is.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from cases.domain.calendar import BusinessCalendar
from chassis.i18n import Catalogue
from contracts.values import Language

_NAMED = {
    "queue": "queue",
    "reason": "reason",
    "resolution": "resolution",
    "exception": "exception",
    "limit": "limit",
    "cause": "limit",
    "channel": "channel",
    "notice_reason": "notice_reason",
    "state": "state",
}
"""Details whose values have names, and the group of the catalogue that holds them."""

_TIMES = {Language.ZH_CN: "%Y年%-m月%-d日 %H:%M", Language.EN: "%-d %B %Y, %H:%M"}


class Wording:
    """Renders entries. Times are shown in the zone of the company's calendar."""

    def __init__(self, zone: str) -> None:
        self._entries = Catalogue.load("cases")
        self._names = Catalogue.load("cases.wording")
        self._entry_codes = self._entries.keys()
        self._known = self._names.keys()
        self._zone = ZoneInfo(zone)

    def entry(self, data: Mapping[str, object]) -> dict[str, str] | None:
        """What an entry says, per language; None for an entry that has no code, or one that nobody can word. What was
        erased says so."""
        code = data.get("code")
        if isinstance(code, str) and code in self._entry_codes:
            with suppress(KeyError):  # erased, or of an older version with other details
                return {language.value: self.text(language, code, data) for language in Language}
        if data.get("erased") is True:
            return {language.value: self._names.text(language, "entry.erased") for language in Language}
        return None

    def text(self, language: Language, code: str, details: Mapping[str, object]) -> str:
        """One text of the case service's catalogue with its details in that language."""
        shown = {name: self.value(language, name, value) for name, value in details.items() if name != "code"}
        return self._entries.text(language, code, **shown)

    def value(self, language: Language, name: str, value: object) -> object:
        """One detail as readers of the language see it."""
        if value is None:
            return "—"
        if isinstance(value, Mapping):
            return value.get(language.value, "")
        if name == "due_at" and isinstance(value, str | datetime):
            return self.moment(language, value)
        return self.name(language, _NAMED[name], str(value)) if name in _NAMED else value

    def name(self, language: Language, group: str, value: str) -> str:
        """The name of a value of a group; the value itself when it has none. A limit without a name is a step's own."""
        key = f"{group}.{value.lower().replace(' ', '_')}"
        if key not in self._known and group == "limit":
            key = "limit.step"
        return self._names.text(language, key) if key in self._known else value

    def moment(self, language: Language, value: datetime | str) -> str:
        """A point in time, to the minute, on the company's clock."""
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(self._zone).strftime(_TIMES[language])


@cache
def wording(zone: str = BusinessCalendar().zone) -> Wording:
    """The words of a zone, loaded once."""
    return Wording(zone)
