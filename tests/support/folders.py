"""Folders for servers that run as another user."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database_folder() -> Iterator[Path]:
    """A folder that an unprivileged PostgreSQL can reach. Not below pytest's own: each start of pytest closes that."""
    folder = Path(tempfile.mkdtemp(prefix="posthouse-tests-"))
    folder.chmod(0o711)
    try:
        yield folder / "server"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
