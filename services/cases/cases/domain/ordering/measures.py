"""Numbers in descriptions of goods: energy of batteries, volume, alcohol content, pieces."""

import re
from collections.abc import Mapping

from cases.domain.ordering.goods import Measure

_NUMBER = r"(?<![\d.])(\d{1,7}(?:\.\d{1,3})?)\s*"
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_CELL_VOLTS = 3.7
"""The usual nominal voltage of a lithium cell, by which a capacity without a voltage is read."""

_WH = re.compile(_NUMBER + r"(?:wh\b|瓦时)")
_MAH = re.compile(_NUMBER + r"(?:mah\b|毫安时?)")
_VOLTS = re.compile(_NUMBER + r"(?:v\b|伏)")
_ML = re.compile(_NUMBER + r"(?:ml\b|毫升)")
_LITRES = re.compile(_NUMBER + r"(?:l\b|升|litres?\b|liters?\b)")
_PERCENT = re.compile(_NUMBER + r"(?:%\s*(?:vol|abv)?|度(?!电))")
_COUNT = re.compile(_NUMBER + r"(?:个|块|只|支|瓶|件|节|pcs\b|pieces?\b|batteries\b|bottles?\b|units?\b)")


def measures(text: str) -> dict[Measure, float]:
    """The numbers of a folded text, in the measures' units; the greatest where there are several."""
    plain = _THOUSANDS.sub("", text)
    energies = _all(_WH, plain) or _energies(plain)
    volumes = [*_all(_ML, plain), *(1000 * value for value in _all(_LITRES, plain))]
    found: Mapping[Measure, list[float]] = {
        "wh": energies,
        "ml": volumes,
        "percent": [value for value in _all(_PERCENT, plain) if value <= 100],
        "count": _all(_COUNT, plain),
    }
    return {name: max(values) for name, values in found.items() if values}


def _energies(text: str) -> list[float]:
    volts = max(_all(_VOLTS, text), default=_CELL_VOLTS)
    return [capacity * volts / 1000 for capacity in _all(_MAH, text)]


def _all(pattern: re.Pattern[str], text: str) -> list[float]:
    return [float(match.group(1)) for match in pattern.finditer(text)]
