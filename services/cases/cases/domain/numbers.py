"""Case numbers: short enough to read out, with a check digit against misheard ones."""

from datetime import datetime


def case_number(opened_at: datetime, sequence: int) -> str:
    """`C26-000123-1`: the year, a running number of at least six digits, a Luhn check digit over both."""
    body = f"{opened_at.year % 100:02d}{sequence:06d}"
    return f"C{body[:2]}-{body[2:]}-{_luhn(body)}"


def is_case_number(text: str) -> bool:
    """Whether a text is a case number whose check digit is right."""
    parts = text.strip().upper().split("-")
    if len(parts) != 3 or len(parts[0]) != 3 or parts[0][0] != "C" or len(parts[1]) < 6 or len(parts[2]) != 1:
        return False
    digits = parts[0][1:] + parts[1]
    return (digits + parts[2]).isascii() and (digits + parts[2]).isdigit() and _luhn(digits) == int(parts[2])


def _luhn(digits: str) -> int:
    """The digit that makes the Luhn sum a multiple of ten: catches every wrong digit and most swaps."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10
