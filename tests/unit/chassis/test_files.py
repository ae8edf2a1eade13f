"""What files really are, whether they may be opened, and where they lie: a folder, and a store that speaks S3."""

import asyncio
import hashlib
import io
import struct
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from chassis.files.blobs import BlobMissing, Blobs, BlobsUnavailable, LocalBlobs
from chassis.files.scan import EICAR, BuiltInScanner, Clamd, Scanners, ScannerUnavailable
from chassis.files.settings import FileSettings
from chassis.files.sniff import sniff


def archive(*names: str) -> bytes:
    """A zip archive with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


class TestSniffing:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n...", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x18ftypheic", "image/heic"),
            (b"\0\0\0\x18ftypisom", "video/mp4"),
            (b"%PDF-1.7", "application/pdf"),
            (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
            (b"#!/bin/sh\n", "text/x-shellscript"),
            (
                archive("[Content_Types].xml", "word/document.xml"),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (archive("META-INF/MANIFEST.MF"), "application/java-archive"),
            (archive("a.txt"), "application/zip"),
            ("快件破损".encode(), "text/plain"),
            ("快件破损".encode("gb18030"), "text/plain"),
            (b"  <!DOCTYPE html><p>", "text/html"),
            (b"<svg xmlns='x'><script>", "text/html"),
            (b"\x00\x01\x02", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ],
    )
    def test_by_content(self, content: bytes, kind: str) -> None:
        assert sniff(content) == kind

    @given(st.binary(max_size=200))
    def test_any_bytes_have_a_type(self, content: bytes) -> None:
        assert "/" in sniff(content)
        assert "/" in sniff(b"PK\x03\x04" + content)


class TestScanning:
    @pytest.mark.parametrize(
        ("content", "name", "finding"),
        [
            (b"hello", "a.txt", None),
            (archive("a.txt"), "a.zip", None),
            (EICAR, "a.txt", "EICAR-Test-File"),
            (b"MZ\x90\0", "photo.png", "Program"),
            (b"hello", "invoice.pdf.EXE", "Program"),
            (archive("docs/setup.bat"), "a.zip", "Program-in-archive"),
            (archive("word/vbaProject.bin"), "a.docx", "Macro"),
            (archive("META-INF/MANIFEST.MF"), "a.bin", "Program-in-archive"),
        ],
    )
    async def test_built_in_checks(self, content: bytes, name: str, finding: str | None) -> None:
        assert (await BuiltInScanner().scan(content, name)).finding == finding

    @pytest.mark.parametrize(
        ("answer", "finding"), [("stream: OK", None), ("stream: Win.Test.EICAR_HDB-1 FOUND", "Win.Test.EICAR_HDB-1")]
    )
    async def test_the_daemon_gets_the_whole_file(self, answer: str, finding: str | None) -> None:
        content = b"x" * 150_000
        seen: list[bytes] = []
        async with daemon(answer, seen) as address:
            scanner = Scanners([BuiltInScanner(), Clamd(address, seconds=5)])
            assert (await scanner.scan(content, "a.txt")).finding == finding
        assert seen == [content]

    async def test_no_verdict_is_no_clean_file(self) -> None:
        async with daemon("INSTREAM size limit exceeded. ERROR", []) as address:
            with pytest.raises(ScannerUnavailable):
                await Clamd(address, seconds=5).scan(b"x", "a")
        with pytest.raises(ScannerUnavailable):
            await Clamd(address, seconds=5).scan(b"x", "a")


@asynccontextmanager
async def daemon(answer: str, seen: list[bytes]) -> AsyncIterator[str]:
    """Somebody who speaks clamd's INSTREAM."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        seen.append(content)
        writer.write(answer.encode() + b"\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"{host}:{port}"
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An emulated S3 with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/files").raise_for_status()
    yield endpoint
    server.stop()


def bucket(endpoint: str) -> FileSettings:
    """Settings that name the bucket."""
    return FileSettings(bucket="files", endpoint=endpoint, access_key_id="k", secret_access_key=SecretStr("s"))


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """A store of each kind."""
    if request.param == "folder":
        return FileSettings().blobs("cases", tmp_path)
    endpoint: str = request.getfixturevalue("s3")
    return bucket(endpoint).blobs("cases", tmp_path)


class TestStores:
    async def test_keep_by_content(self, blobs: Blobs) -> None:
        first, second = b"\0one" * 1000, b""
        names = await blobs.put([first, second, first])
        assert names == [hashlib.sha256(content).hexdigest() for content in (first, second, first)]
        assert (await blobs.get(names[0]), await blobs.get(names[1])) == (first, second)
        await blobs.delete([names[0], "0" * 64, "../../etc/passwd"])
        for missing in (names[0], "0" * 64, "../../etc/passwd"):
            with pytest.raises(BlobMissing):
                await blobs.get(missing)
        assert await blobs.get(names[1]) == second

    async def test_services_have_their_own(self, s3: str, tmp_path: Path) -> None:
        settings = bucket(s3)
        [name] = await settings.blobs("email", tmp_path).put([b"mail"])
        with pytest.raises(BlobMissing):
            await settings.blobs("cases", tmp_path).get(name)

    async def test_a_store_that_is_away_is_no_missing_file(self, s3: str, tmp_path: Path) -> None:
        def broken(_: Path) -> Blobs:
            return bucket(s3).model_copy(update={"bucket": "no-such-bucket"}).blobs("cases", tmp_path)

        def file_in_the_way(folder: Path) -> Blobs:
            (folder / "taken").write_text("")
            return LocalBlobs(folder / "taken")

        kinds: list[Callable[[Path], Blobs]] = [broken, file_in_the_way]
        for kind in kinds:
            with pytest.raises(BlobsUnavailable):
                await kind(tmp_path).put([b"x"])
