"""Numbers composed for tests: a random serial, and the check digit its format asks for."""

import random

from tracking_gateway.domain.numbers import checks


def _digits(random_source: random.Random, count: int) -> str:
    return "".join(random_source.choices("0123456789", k=count))


def compose(form: str, seed: int) -> str:
    """A valid number of the form, the same for the same seed."""
    chance = random.Random(f"{form}/{seed}")

    def digits(count: int) -> str:
        return _digits(chance, count)

    def with_check(prefix: str, serial: str, check: str, suffix: str = "") -> str:
        return f"{prefix}{serial}{check}{suffix}"

    match form:
        case "ups_1z":
            serial = "".join(chance.choices(checks.ALPHABET, k=8)) + digits(7)
            return with_check("1Z", serial, checks.weighted_mod10(serial, (1, 2)))
        case "fedex_12":
            serial = digits(11)
            return with_check("", serial, checks.weighted_mod11_mod10(serial, (3, 1, 7)))
        case "fedex_ground_15":
            serial = digits(14)
            return with_check("", serial, checks.weighted_mod10(serial, (3, 1)))
        case "fedex_20":
            serial = digits(17)
            return with_check("61", serial, checks.weighted_mod10(serial, (3, 1)))
        case "fedex_96_22":
            serial = digits(14)
            return with_check("96" + digits(5), serial, checks.weighted_mod10(serial, (3, 1)))
        case "usps_20":
            serial = digits(19)
            return with_check("", serial, checks.weighted_mod10(serial, (3, 1)))
        case "usps_22":
            serial = "94" + digits(3) + "1" + digits(15)
            return with_check("", serial, checks.weighted_mod10(serial, (3, 1)))
        case "usps_26":
            serial = "93" + digits(3) + "1" + digits(19)
            return with_check("", serial, checks.weighted_mod10(serial, (3, 1)))
        case "usps_30":
            serial = "92" + digits(3) + "9" + digits(15)
            return with_check("420" + digits(5), serial, checks.weighted_mod10(serial, (3, 1)))
        case "usps_34":
            serial = "95" + digits(3) + "1" + digits(15)
            return with_check("420" + digits(9), serial, checks.weighted_mod10(serial, (3, 1)))
        case "dhl_10" | "dhl_11":
            serial = digits(9 if form == "dhl_10" else 10)
            return with_check("", serial, checks.serial_mod7(serial))
        case "s10_cn":
            serial = digits(8)
            return with_check("R" + chance.choice("ABCDE"), serial, checks.s10(serial), "CN")
        case "ems_s10":
            serial = digits(8)
            return with_check("E" + chance.choice("ABCDE"), serial, checks.s10(serial), "CN")
        case "s10_us":
            serial = digits(8)
            return with_check("CP", serial, checks.s10(serial), "US")
        case "sf":
            return f"SF{chance.choice('16')}{digits(12)}"
        case "yto":
            return f"YT{digits(13)}"
        case "zto":
            return f"7{chance.choice('34568')}{digits(12)}"
        case "sto":
            return f"77{digits(13)}"
        case "yunda":
            return f"46{digits(13)}"
        case "jt":
            return f"JT{digits(13)}"
        case "deppon":
            return f"DPK{digits(12)}"
        case "jd":
            return f"JDVA{digits(11)}"
        case "cainiao":
            return f"621{digits(12)}"
        case "yunexpress":
            return f"YT{digits(16)}"
    raise ValueError(form)


CARRIER_OF = {
    "ups_1z": "ups",
    "fedex_12": "fedex",
    "fedex_ground_15": "fedex",
    "fedex_20": "fedex",
    "fedex_96_22": "fedex",
    "usps_20": "usps",
    "usps_22": "usps",
    "usps_26": "usps",
    "usps_30": "usps",
    "usps_34": "usps",
    "dhl_10": "dhl",
    "dhl_11": "dhl",
    "s10_cn": "china_post",
    "ems_s10": "ems",
    "s10_us": "usps",
    "sf": "sf",
    "yto": "yto",
    "zto": "zto",
    "sto": "sto",
    "yunda": "yunda",
    "jt": "jt",
    "deppon": "deppon",
    "jd": "jd",
    "cainiao": "cainiao",
    "yunexpress": "yunexpress",
}
