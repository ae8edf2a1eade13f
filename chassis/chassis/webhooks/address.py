"""Which addresses webhooks may go to.

A subscriber names a host, and whoever owns the name decides what it resolves to, also between our check and our
connection (DNS rebinding). So a name is resolved once, every answer is checked, and the connection goes to the very
address that was checked; the name only remains in `Host` and in the TLS handshake.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

_HTTPS_PORT = 443
_HTTP_PORT = 80


class AddressRefused(Exception):
    """The address is not one we send to: not HTTPS, or inside a private network."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect: `url` holds the checked IP address, `host` (with the port, if given) the subscriber's name."""

    url: str
    host: str
    server_name: str


def check_address(url: str, *, allow_private: bool) -> SplitResult:
    """The parts of an acceptable address; `AddressRefused` otherwise. Names are resolved only when sending."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("the address is not a URL") from error
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressRefused("the address must begin with https://")
    if not parts.hostname or parts.username or parts.password or port == 0:
        raise AddressRefused("the address needs a host and no user information")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not allow_private:
        _refuse_private(str(literal))
    return parts


async def resolve(url: str, *, allow_private: bool) -> Destination:
    """Resolve the host of `url` once and give the address to connect to.

    `AddressRefused` if any of its addresses is not on the public internet; `OSError` if the name is unknown.
    """
    parts = check_address(url, allow_private=allow_private)
    host = parts.hostname or ""  # never empty: checked above
    port = parts.port or (_HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private:
        for address in addresses:
            _refuse_private(address)
    pinned = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    return Destination(
        url=urlunsplit((parts.scheme, f"{pinned}:{port}", parts.path or "/", parts.query, "")),
        host=parts.netloc,
        server_name=host,
    )


def _refuse_private(address: str) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    reached = _embedded_ipv4(ip) or ip
    if not reached.is_global or reached.is_multicast:
        raise AddressRefused("the address is inside a private network")


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _embedded_ipv4(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, RFC 6052), which may be private behind a public one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or nat64
