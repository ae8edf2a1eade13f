"""What a file is, by its content. Names and declared types are what somebody says; only bytes are believed."""

import io
import zipfile

OCTETS = "application/octet-stream"
TEXT = "text/plain"

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftyp", 4, "video/mp4"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"WAVE", 8, "audio/wav"),
    (b"#!AMR", 0, "audio/amr"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
    (b"MZ", 0, "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", 0, "application/x-executable"),
    (b"\xfe\xed\xfa", 0, "application/x-mach-binary"),
    (b"\xcf\xfa\xed\xfe", 0, "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", 0, "application/java-vm"),
    (b"#!", 0, "text/x-shellscript"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
)
"""First bytes, where they stand, and the type they mean; the more exact ones first."""

EXECUTABLE = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-mach-binary",
        "application/java-vm",
        "text/x-shellscript",
    }
)

_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MARKUP = (b"<!doctype html", b"<html", b"<svg", b"<script", b"<?xml")


def sniff(content: bytes) -> str:
    """The media type that the content shows; `application/octet-stream` if it shows none."""
    if content[:4] == b"PK\x03\x04":
        return _zip(content)
    for signature, at, kind in _SIGNATURES:
        if content[at : at + len(signature)] == signature:
            return kind
    return _text(content)


def zip_names(content: bytes) -> list[str]:
    """The names in a zip archive; none if it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()[:10_000]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return []


def _zip(content: bytes) -> str:
    names = zip_names(content)
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return kind
    return "application/java-archive" if "META-INF/MANIFEST.MF" in names else "application/zip"


def _text(content: bytes) -> str:
    """Text is what decodes without control characters. Markup that a browser would run is told apart."""
    head = content[:4096]
    if head.lstrip().lower().startswith(_MARKUP):
        return "text/html"
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text and all(c.isprintable() or c in "\r\n\t\ufeff" for c in text[:65_536]):
            return TEXT
        return OCTETS
    return OCTETS
