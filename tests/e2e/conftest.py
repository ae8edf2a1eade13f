"""Tests that meet the house as its users do."""

from collections.abc import Iterator

import pytest

from tests.support.house import House, running_house


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The whole house, in a process of its own."""
    with running_house() as running:
        yield running
