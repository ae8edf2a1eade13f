"""Where files are kept and how they are scanned, from `POSTHOUSE_FILES_*`; the same for every service."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.files.blobs import Blobs, LocalBlobs
from chassis.files.scan import BuiltInScanner, Clamd, Scanner, Scanners
from chassis.settings import ServiceSettings


class FileSettings(ServiceSettings):
    """Unset, files lie in a folder. With a bucket they lie in any store that speaks S3: replicas then share them."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_FILES_")

    bucket: str | None = Field(default=None, description="S3 bucket; unset: files lie in a local folder")
    prefix: str = Field(default="posthouse", description="folder in the bucket; each service has its own below it")
    endpoint: str | None = Field(default=None, description="of a store that is not AWS, with scheme")
    region: str = "us-east-1"
    access_key_id: str | None = Field(default=None, description="unset: the platform's own credentials")
    secret_access_key: SecretStr | None = None
    clamd: str | None = Field(
        default=None, description="ClamAV daemon, `host:port` or a socket's path; unset: only the built-in checks"
    )
    clamd_seconds: float = Field(default=20, gt=0, description="a scan that takes longer counts as not done")

    def blobs(self, service: str, folder: Path) -> Blobs:
        """The store of a service; `folder` serves when no bucket is named."""
        if self.bucket is None:
            return LocalBlobs(folder)
        from chassis.files.s3 import S3Blobs  # loads the client only where a bucket is used

        secret = self.secret_access_key.get_secret_value() if self.secret_access_key else None
        return S3Blobs(
            bucket=self.bucket,
            prefix=f"{self.prefix}/{service}",
            region=self.region,
            endpoint=self.endpoint,
            access_key_id=self.access_key_id,
            secret_access_key=secret,
        )

    def scanner(self) -> Scanner:
        """The checks every file goes through."""
        found: list[Scanner] = [BuiltInScanner()]
        if self.clamd is not None:
            found.append(Clamd(self.clamd, seconds=self.clamd_seconds))
        return Scanners(found)
