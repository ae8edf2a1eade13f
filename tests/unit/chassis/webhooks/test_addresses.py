"""Webhooks go to public addresses only, and to the very address that was checked."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from chassis.webhooks import AddressRefused, check_address, resolve

Names = Callable[[dict[str, list[list[str]]]], None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Give names to addresses: each lookup of a name takes its next answer, as a rebinding name server would."""

    def install(answers: dict[str, list[list[str]]]) -> None:
        async def getaddrinfo(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
            known = answers.get(host)
            if known is None:
                raise socket.gaierror(socket.EAI_NONAME, "unknown name")
            found = known.pop(0) if len(known) > 1 else known[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    return install


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https:///path",
        "https://a:b@example.org",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[broken",
        "https://127.0.0.1/x",
        "https://10.0.0.8/",
        "https://192.168.1.1:8443/",
        "https://169.254.169.254/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[2002:0a00:0001::]/",
        "https://[64:ff9b::7f00:1]/",
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, allow_private=False)


async def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(names: Names) -> None:
    names({"hooks.example.org": [["93.184.216.34"], ["127.0.0.1"]]})
    to = await resolve("https://hooks.example.org:8443/in?a=1#here", allow_private=False)
    assert to.url == "https://93.184.216.34:8443/in?a=1"
    assert (to.host, to.server_name) == ("hooks.example.org:8443", "hooks.example.org")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.1.2.3"], ["::ffff:192.168.0.1"]])
async def test_a_name_that_leads_inside_is_refused(names: Names, addresses: list[str]) -> None:
    names({"hooks.example.org": [addresses]})
    with pytest.raises(AddressRefused):
        await resolve("https://hooks.example.org/", allow_private=False)


async def test_ipv6_addresses_are_written_in_brackets(names: Names) -> None:
    names({"six.example.org": [["2606:2800:220:1::1"]]})
    assert (await resolve("https://six.example.org", allow_private=False)).url == "https://[2606:2800:220:1::1]:443/"
