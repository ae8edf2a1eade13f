"""Cells of CSV files for spreadsheets: nothing that a customer wrote may run as a formula there."""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that spreadsheets read as the beginning of a formula, or strip and then do."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheet programs read UTF-8 as the local code page."""


def safe(value: object) -> str:
    """The value as text; with an apostrophe before what could run as a formula. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV (RFC 4180)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([safe(value) for value in row] for row in rows)
    return buffer.getvalue()
