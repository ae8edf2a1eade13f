"""The certificate is checked for the subscriber's name although the connection goes to an address."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.webhooks import Destination
from chassis.webhooks.sender import pinned_client


def _certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(pem)
    return path


@asynccontextmanager
async def _server(pem: Path) -> AsyncIterator[tuple[int, list[str]]]:
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        await reader.read()  # kept open for as long as the client likes
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


async def _post(to: Destination, client: httpx.AsyncClient) -> Any:
    return await client.post(to.url, headers={"host": to.host}, extensions={"sni_hostname": to.server_name})


async def test_the_name_is_what_the_certificate_must_hold(tmp_path: Path) -> None:
    pem = _certificate(tmp_path, "hooks.example.org")
    trusted = ssl.create_default_context(cafile=str(pem))
    async with _server(pem) as (port, seen), pinned_client(5, verify=trusted) as client:
        url = f"https://127.0.0.1:{port}/in"
        right = Destination(url, f"hooks.example.org:{port}", "hooks.example.org")
        assert (await _post(right, client)).status_code == 204
        assert f"host: hooks.example.org:{port}" in seen[0].lower()
        with pytest.raises(httpx.ConnectError):
            await _post(Destination(url, f"other.example.org:{port}", "other.example.org"), client)
    assert len(seen) == 1
