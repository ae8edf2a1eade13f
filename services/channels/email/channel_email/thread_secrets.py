"""The secrets that sign thread tokens."""

import os
import secrets
from pathlib import Path

from channel_email.domain.tokens import Keyring
from channel_email.settings import Settings
from chassis.settings import ChassisSettings

_FILE = "thread-secret"


class NoThreadSecret(RuntimeError):
    """POSTHOUSE_EMAIL_THREAD_SECRETS is not set. Every replica needs the same, or replies lose their threads."""

    def __str__(self) -> str:
        return str(self.__doc__)


def keyring(settings: Settings, chassis: ChassisSettings) -> Keyring:
    """The keyring of the settings. In a local environment without one, a secret is made and kept on disk."""
    if settings.thread_secrets:
        return Keyring([secret.get_secret_value().encode() for secret in settings.thread_secrets])
    if chassis.environment != "local":
        raise NoThreadSecret
    return Keyring([_kept_secret(data_folder(settings, chassis) / _FILE)])


def data_folder(settings: Settings, chassis: ChassisSettings) -> Path:
    """Where this service keeps files."""
    return settings.blob_dir or Path(chassis.data_dir) / "email"


def _kept_secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()
