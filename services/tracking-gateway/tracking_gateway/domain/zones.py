"""The time zone of a place, where the place leaves no doubt: a country with one zone, or a state of a larger one."""

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

_ONE_ZONE: Mapping[str, str] = {
    **dict.fromkeys(("CN", "CHN", "CHINA"), "Asia/Shanghai"),
    **dict.fromkeys(("HK", "HKG", "HONG KONG"), "Asia/Hong_Kong"),
    **dict.fromkeys(("TW", "TWN", "TAIWAN"), "Asia/Taipei"),
    **dict.fromkeys(("MO", "MAC", "MACAO"), "Asia/Macau"),
    **dict.fromkeys(("JP", "JPN", "JAPAN"), "Asia/Tokyo"),
    **dict.fromkeys(("KR", "KOR", "SOUTH KOREA"), "Asia/Seoul"),
    **dict.fromkeys(("SG", "SGP", "SINGAPORE"), "Asia/Singapore"),
    **dict.fromkeys(("TH", "THA", "THAILAND"), "Asia/Bangkok"),
    **dict.fromkeys(("VN", "VNM", "VIETNAM"), "Asia/Ho_Chi_Minh"),
    **dict.fromkeys(("PH", "PHL", "PHILIPPINES"), "Asia/Manila"),
    **dict.fromkeys(("IN", "IND", "INDIA"), "Asia/Kolkata"),
    **dict.fromkeys(("GB", "GBR", "UNITED KINGDOM"), "Europe/London"),
    **dict.fromkeys(("IE", "IRL", "IRELAND"), "Europe/Dublin"),
    **dict.fromkeys(("DE", "DEU", "GERMANY"), "Europe/Berlin"),
    **dict.fromkeys(("FR", "FRA", "FRANCE"), "Europe/Paris"),
    **dict.fromkeys(("NL", "NLD", "NETHERLANDS"), "Europe/Amsterdam"),
    **dict.fromkeys(("BE", "BEL", "BELGIUM"), "Europe/Brussels"),
    **dict.fromkeys(("IT", "ITA", "ITALY"), "Europe/Rome"),
    **dict.fromkeys(("AT", "AUT", "AUSTRIA"), "Europe/Vienna"),
    **dict.fromkeys(("CH", "CHE", "SWITZERLAND"), "Europe/Zurich"),
    **dict.fromkeys(("PL", "POL", "POLAND"), "Europe/Warsaw"),
    **dict.fromkeys(("CZ", "CZE", "CZECHIA"), "Europe/Prague"),
    **dict.fromkeys(("DK", "DNK", "DENMARK"), "Europe/Copenhagen"),
    **dict.fromkeys(("SE", "SWE", "SWEDEN"), "Europe/Stockholm"),
    **dict.fromkeys(("NO", "NOR", "NORWAY"), "Europe/Oslo"),
    **dict.fromkeys(("AE", "ARE", "UNITED ARAB EMIRATES"), "Asia/Dubai"),
}
_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Los_Angeles")
)
# States that lie in one zone, or almost: where a state is divided (Indiana, Kentucky, Tennessee, the Dakotas, Nebraska,
# Kansas, Texas, Florida, Idaho, Oregon, Michigan) nothing is said.
_US_STATES: Mapping[str, str] = {
    **dict.fromkeys("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV".split(), _EASTERN),  # noqa: SIM905
    **dict.fromkeys("AL AR IA IL LA MN MO MS OK WI".split(), _CENTRAL),  # noqa: SIM905
    **dict.fromkeys("CO MT NM UT WY".split(), _MOUNTAIN),  # noqa: SIM905
    **dict.fromkeys("CA NV WA".split(), _PACIFIC),  # noqa: SIM905
    "AZ": "America/Phoenix",
    "AK": "America/Anchorage",
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
}
_UNITED_STATES = frozenset({"US", "USA", "UNITED STATES"})


@lru_cache(maxsize=2048)
def zone_of(country: str, state: str = "") -> ZoneInfo | None:
    """The zone of a place by country (ISO codes or English name) and state; None where it is not certain."""
    name = country.strip().upper()
    found = _US_STATES.get(state.strip().upper()) if name in _UNITED_STATES else _ONE_ZONE.get(name)
    return ZoneInfo(found) if found else None
