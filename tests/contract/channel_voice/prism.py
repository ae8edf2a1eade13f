"""Twilio's own OpenAPI between client and simulator: Prism refuses what the specification does not know, both ways.

The packages are installed once into `build/`, from the lock beside this file. Without npm the tests are skipped, except
in CI, where they fail.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.channel_voice.loopback import open_socket

HERE = Path(__file__).parent
BUILD = HERE.parents[2] / "build"
SPECIFICATION = "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
RESOURCES = ("Messages", "Calls", "Conferences")
LINKS = ("uri", "first_page_uri", "next_page_uri", "previous_page_uri")


def installed() -> Path:
    """The folder with Prism and the specification, installed if need be."""
    npm = shutil.which("npm")
    if npm is None:
        reason = "npm is needed to check against Twilio's specification"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    lock = (HERE / "package-lock.json").read_bytes()
    folder = BUILD / "prism" / hashlib.sha256(lock).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock_file:  # test processes that run side by side install once
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    print(f"\ninstalling Prism and Twilio's specification into {folder} …", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    specification = json.loads((folder / SPECIFICATION).read_text())
    (folder / "specification.json").write_text(json.dumps(narrowed(specification)))
    (folder / "ready").touch()


def narrowed(specification: dict[str, Any]) -> dict[str, Any]:
    """The resources we use, with the two gaps of Twilio's document mended.

    Repeated form fields lack their encoding, and relative links between pages are declared as absolute.
    """
    paths = specification["paths"]
    wanted = {path: paths[path] for path in paths if path.split("/")[4:5] and path.split("/")[4].startswith(RESOURCES)}
    specification["paths"] = wanted
    _mend(specification)
    return specification


def _mend(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _mend(item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "application/x-www-form-urlencoded":
            for name, schema in value["schema"].get("properties", {}).items():
                if schema.get("type") == "array":
                    value.setdefault("encoding", {})[name] = {"style": "form", "explode": True}
        if key in LINKS and isinstance(value, dict) and value.get("format") == "uri":
            value["format"] = "uri-reference"
        _mend(value)


@asynccontextmanager
async def prism(upstream: str) -> AsyncIterator[str]:
    """A Prism proxy in front of `upstream`; its URL. Violations are answered with 4xx and 5xx instead of passed on."""
    folder = await asyncio.to_thread(installed)
    sock, url = open_socket()
    sock.close()
    host, port = url.removeprefix("http://").split(":")
    process = await asyncio.create_subprocess_exec(
        *(folder / "node_modules/.bin/prism", "proxy", "--host", host, "--port", port, "--errors"),
        *("specification.json", upstream),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    drained: asyncio.Task[bytes] | None = None
    try:
        shown = b""
        while b"Prism is listening" not in shown:
            line = await process.stdout.readline()
            assert line, f"Prism did not start: {shown.decode()}"
            shown += line
        drained = asyncio.create_task(process.stdout.read())
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if drained is not None:
            await drained
