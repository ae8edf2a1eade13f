"""Check digits of waybill numbers. Each function takes the serial part and returns the check character it must carry.

Formulas: UPU S10 standard; the public carrier definitions listed in `data/number_formats.json`; ISO 7064 for mod 37/36.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def letter_values(serial: str) -> list[int]:
    """Digits as they are; letters as UPS counts them: (code point - 3) mod 10, so that A is 2."""
    return [int(char) if char.isdigit() else (ord(char) - 3) % 10 for char in serial]


def weighted_mod10(serial: str, weights_from_right: Sequence[int]) -> str:
    """The digit that brings the weighted sum to a multiple of ten; weights repeat from the rightmost character."""
    values = reversed(letter_values(serial))
    total = sum(value * weight for value, weight in zip(values, cycle(weights_from_right), strict=False))
    return str(-total % 10)


def luhn(serial: str) -> str:
    """Luhn: every second digit from the right is doubled and its digits are added."""
    total = 0
    for index, value in enumerate(reversed(letter_values(serial))):
        total += sum(divmod(value * 2, 10)) if index % 2 == 0 else value
    return str(-total % 10)


def serial_mod7(serial: str) -> str:
    """The serial number itself, divided by seven: the remainder (DHL Express)."""
    return str(int(serial) % 7)


def weighted_mod11_mod10(serial: str, weights: Sequence[int]) -> str:
    """Weighted sum from the left, mod 11, then mod 10 (FedEx Express)."""
    total = sum(value * weight for value, weight in zip(letter_values(serial), cycle(weights), strict=False))
    return str(total % 11 % 10)


def s10(serial: str) -> str:
    """UPU S10: 11 minus the weighted sum mod 11, where 10 becomes 0 and 11 becomes 5."""
    remainder = sum(int(char) * weight for char, weight in zip(serial, S10_WEIGHTS, strict=True)) % 11
    return {0: "5", 1: "0"}.get(remainder, str(11 - remainder))


def mod37_36(serial: str) -> str:
    """ISO 7064 mod 37,36 over digits and letters (DPD)."""
    product = 36
    for char in serial:
        total = (product + ALPHABET.index(char)) % 36 or 36
        product = total * 2 % 37
    return ALPHABET[(37 - product) % 36]


CheckFunction = Callable[[str], str]


def check_function(definition: Mapping[str, object]) -> CheckFunction:
    """The check function a format definition names; `ValueError` for a kind that does not exist."""
    kind = definition.get("kind")
    weights = tuple(int(str(weight)) for weight in _sequence(definition.get("weights", ())))
    match kind:
        case "weighted_mod10":
            return lambda serial: weighted_mod10(serial, weights)
        case "weighted_mod11_mod10":
            return lambda serial: weighted_mod11_mod10(serial, weights)
        case "luhn":
            return luhn
        case "serial_mod7":
            return serial_mod7
        case "s10":
            return s10
        case "mod37_36":
            return mod37_36
    raise ValueError(f"no check digit of kind {kind!r}")


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
