"""Order numbers: short enough to read out, with a check digit against misheard and swapped ones.

The check digit is Damm's (2004): unlike Luhn's it finds every swap of neighbours, 09 for 90 included.
"""

import re
from datetime import datetime

_SQUARE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""A quasigroup that is totally anti-symmetric and has zeros on its diagonal."""

_SHAPE = re.compile(r"OD-?([0-9]{2})-?([0-9]{6,12})-?([0-9])", re.ASCII)


def order_number(placed_at: datetime, sequence: int) -> str:
    """`OD26-000123-4`: the year, a running number of at least six digits, the check digit over both."""
    body = f"{placed_at.year % 100:02d}{sequence:06d}"
    return f"OD{body[:2]}-{body[2:]}-{check_digit(body)}"


def normal_order_number(text: str) -> str | None:
    """The number as it is stored, however it was typed; None if it is none or its check digit is wrong."""
    match = _SHAPE.fullmatch(re.sub(r"\s", "", text).upper())
    if match is None:
        return None
    year, sequence, digit = match.groups()
    return f"OD{year}-{sequence}-{digit}" if check_digit(year + sequence) == int(digit) else None


def check_digit(digits: str) -> int:
    """The digit that brings the digits' walk through the square back to zero."""
    interim = 0
    for digit in digits:
        interim = _SQUARE[interim][int(digit)]
    return interim
