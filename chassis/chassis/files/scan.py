"""Whether a file may be opened: the port, checks of our own, and ClamAV's daemon."""

import asyncio
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.files.sniff import EXECUTABLE, sniff, zip_names

# Built from two halves, so that scanners leave this source file alone.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}" + r"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
"""The agreed test string of the European Institute for Computer Antivirus Research."""

_CHUNK = 64 * 1024
_PROGRAM_NAMES = re.compile(
    r"\.(exe|dll|scr|com|pif|bat|cmd|js|jse|vbs|vbe|wsf|hta|ps1|msi|jar|apk|lnk)$", re.IGNORECASE
)


class ScannerUnavailable(Exception):
    """The scanner did not answer; nothing is known of the file."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found: nothing (`finding` None), or a name for what is wrong with the file."""

    finding: str | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.finding is None


class Scanner(Protocol):
    """Looks at a file before anybody opens it."""

    async def scan(self, content: bytes, name: str) -> Scan:
        """What is wrong with the file. Raises `ScannerUnavailable`."""


class BuiltInScanner:
    """What needs no virus signatures: the test virus, programs in any wrapping, documents with macros."""

    async def scan(self, content: bytes, name: str) -> Scan:
        """The first thing that is wrong."""
        if EICAR in content[:4096]:
            return Scan("EICAR-Test-File")
        kind = sniff(content)
        if kind in EXECUTABLE or _PROGRAM_NAMES.search(name):
            return Scan("Program")
        names = zip_names(content) if content[:4] == b"PK\x03\x04" else []
        if any(entry.lower().endswith("vbaproject.bin") for entry in names):
            return Scan("Macro")
        if any(_PROGRAM_NAMES.search(entry) for entry in names) or kind == "application/java-archive":
            return Scan("Program-in-archive")
        if (
            kind == "application/x-ole-storage"
            and b"_\x00V\x00B\x00A\x00_\x00P\x00R\x00O\x00J\x00E\x00C\x00T" in content
        ):
            return Scan("Macro")
        return Scan()


class Scanners:
    """Several scanners, one after the other: the first finding counts."""

    def __init__(self, scanners: Sequence[Scanner]) -> None:
        self._scanners = scanners

    async def scan(self, content: bytes, name: str) -> Scan:
        """What the first one finds that finds something."""
        for scanner in self._scanners:
            found = await scanner.scan(content, name)
            if not found.clean:
                return found
        return Scan()


class Clamd:
    """ClamAV's daemon, by its INSTREAM command."""

    def __init__(self, address: str, *, seconds: float) -> None:
        """`address` is `host:port`, or the path of a Unix socket."""
        self._address = address
        self._seconds = seconds

    async def scan(self, content: bytes, name: str) -> Scan:
        """What the daemon finds."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ScannerUnavailable(str(error) or type(error).__name__) from error
        verdict = answer.removeprefix("stream: ").strip("\0\r\n ")
        if verdict == "OK":
            return Scan()
        if verdict.endswith(" FOUND"):
            return Scan(verdict.removesuffix(" FOUND"))
        raise ScannerUnavailable(verdict)

    async def _ask(self, content: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(content), _CHUNK):
                chunk = content[at : at + _CHUNK]
                writer.write(struct.pack(">I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return (await reader.readuntil(b"\0")).decode("utf-8", "replace")
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if "/" in self._address:
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port))
