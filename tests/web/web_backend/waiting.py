"""Waiting for what the browser makes happen in the backend."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

LONGEST_SECONDS = 8


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds` is true, while the page goes on working; fails when it never is."""
    end = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < end, "the condition never held"
        page.wait_for_timeout(20)
