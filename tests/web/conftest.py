"""Browser fixtures: the built pages, the stand-in backend on a port of its own, and Chromium."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from web_backend.app import build
from web_backend.phones import WithPhones

WEB = Path(__file__).parents[2] / "web"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
PATIENCE_MS = 20_000
"""How long a page may take to show what it should. Only a test that fails waits this long."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def run_node(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a Node program from the repository's root, as the Makefile does; its output goes with a failure."""
    done = subprocess.run(["tools/node.sh", *command], cwd=WEB.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


class Backend:
    """The running stand-in. `run` executes something in its event loop, where all of its state lives."""

    def __init__(self) -> None:
        self.app = build()
        self.desk, self.chat = self.app.state.desk, self.app.state.chat
        self.phones = WithPhones(self.app)
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(self.phones, port=0, log_level="critical", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        self._loop.run_until_complete(self._server.serve())

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://localhost:{self.port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def run(self, act: Callable[[], Any]) -> Any:
        async def call() -> Any:
            result = act()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)


@pytest.fixture(scope="session")
def dist() -> Path:
    """The pages, built from the present sources."""
    if not (WEB / "node_modules").exists():
        run_node("npm", "ci", "--prefix", "web", "--no-fund", "--no-audit")
    run_node("npm", "run", "build", "--prefix", "web")
    return WEB / "dist"


@pytest.fixture
def node(dist: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Node programs; the packages of the pages are there."""
    return run_node


@pytest.fixture
def backend(dist: Path) -> Iterator[Backend]:
    running = Backend()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, backend: Backend) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=backend.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test if a script of it fails."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []
