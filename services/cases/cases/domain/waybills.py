"""Waybill numbers in what customers write. A first guess for threading; the tracking gateway knows the carriers."""

import re
import unicodedata

_SHAPES = (
    re.compile(r"(?<![A-Z0-9-])1Z[A-Z0-9]{16}(?![A-Z0-9-])"),
    # Letters in front, as most carriers and the UPU (S10) write them: at least eight digits in a row.
    re.compile(r"(?<![A-Z0-9-])[A-Z]{1,4}[A-Z0-9]{0,2}[0-9]{8,16}[A-Z]{0,2}(?![A-Z0-9-])"),
    # Digits only: longer than a phone number, shorter than an identity card or an order number of a shop.
    re.compile(r"(?<![A-Z0-9+-])[1-9][0-9]{11,14}(?![A-Z0-9-])"),
)
_LONGEST_TEXT = 20_000


def find_waybills(text: str) -> tuple[str, ...]:
    """The numbers in a text that look like waybills, in order of appearance, letters in upper case."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).upper()
    found = {match.start(): match.group() for shape in reversed(_SHAPES) for match in shape.finditer(folded)}
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def first_waybill(text: str) -> str | None:
    """The first waybill number of a text, if there is one."""
    return next(iter(find_waybills(text)), None)


def normal_waybill(waybill_no: str) -> str:
    """The form under which a waybill number is stored: no spaces, upper case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", waybill_no)).upper()
