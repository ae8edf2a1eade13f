"""The secret that signs links for departments."""

import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from cases.domain.departments import LinkSigner
from chassis.parameters import ParameterSet
from chassis.settings import ChassisSettings, ServiceSettings

_FILE = "link-secret"


class DispatchSettings(ServiceSettings):
    """Settings of dispatching, from `POSTHOUSE_CASES_*`."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_CASES_", extra="ignore")

    link_secrets: tuple[SecretStr, ...] = Field(
        default=(),
        description="JSON list of secrets for links to departments, 16 bytes or more; the first signs, all verify. "
        "Unset in a local environment: one is made and kept in the data directory",
    )


class DispatchParameters(ParameterSet):
    """What a company may tune about dispatching."""

    version: int = 1
    link_days: int = Field(
        default=14, ge=1, le=90, description="days a link to a department is good, from its sending; proposed"
    )


class NoLinkSecret(RuntimeError):
    """POSTHOUSE_CASES_LINK_SECRETS is not set. Every replica needs the same, or links of one fail at another."""

    def __str__(self) -> str:
        return str(self.__doc__)


def signer(settings: DispatchSettings, chassis: ChassisSettings) -> LinkSigner:
    """The signer of the settings. In a local environment without a secret, one is made and kept on disk."""
    if settings.link_secrets:
        return LinkSigner([secret.get_secret_value().encode() for secret in settings.link_secrets])
    if chassis.environment != "local":
        raise NoLinkSecret
    return LinkSigner([_kept_secret(Path(chassis.data_dir) / "cases" / _FILE)])


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
