"""A real IMAP and LMTP server on loopback: Dovecot (Debian: dovecot-imapd, dovecot-lmtpd), one folder tree per run."""

import asyncio
import contextlib
import imaplib
import os
import pwd
import shutil
import smtplib
import subprocess
from pathlib import Path
from typing import Any

_CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal_group}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
imap_capability = {capability}
passdb {{
  driver = static
  args = password=test
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""


def is_installed() -> bool:
    """Whether Dovecot is there and may be started here (it needs root to switch users)."""
    return shutil.which("dovecot") is not None and os.geteuid() == 0


class Dovecot:
    """One server. Every user exists; the password is `test`."""

    def __init__(self, folder: Path, *, imap_port: int, lmtp_port: int, idle: bool = True) -> None:
        self.folder = folder
        self.imap_port = imap_port
        self.lmtp_port = lmtp_port
        self._idle = idle

    async def start(self) -> None:
        """Start, and wait until it answers."""
        mail = self.folder / "mail"
        mail.mkdir(parents=True, exist_ok=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        for parent in (self.folder, *self.folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o711)
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                user="nobody",
                group="nogroup",
                internal="dovecot",
                internal_group="dovecot",
                login="dovenull",
                capability="" if self._idle else "IMAP4rev1 UIDPLUS",
                imap_port=self.imap_port,
                lmtp_port=self.lmtp_port,
            )
        )
        await asyncio.to_thread(self._command, "dovecot", "-c", str(configuration))
        await self._until_it_answers()

    async def stop(self) -> None:
        """Stop it; connections break."""
        await asyncio.to_thread(self._command, "dovecot", "-c", str(self.folder / "dovecot.conf"), "stop")

    async def deliver(self, content: bytes, *, to: str) -> None:
        """Put a mail into a mailbox by LMTP, as the company's mail server would."""
        await asyncio.to_thread(self._deliver, content, to)

    async def run(self, user: str, *commands: tuple[str, ...]) -> list[Any]:
        """IMAP commands on the user's INBOX; what the last one answered."""
        return await asyncio.to_thread(self._run, user, commands)

    def _deliver(self, content: bytes, to: str) -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, local_hostname="mx.example", timeout=20) as client:
            client.sendmail("li.lei@customer.example", [to], content)

    def _run(self, user: str, commands: tuple[tuple[str, ...], ...]) -> list[Any]:
        with imaplib.IMAP4("127.0.0.1", self.imap_port) as client:
            client.login(user, "test")
            answer: list[Any] = client.select("INBOX")[1]
            for name, *arguments in commands:
                answer = getattr(client, name)(*arguments)[1]
            return answer

    def _command(self, *command: str) -> None:
        # The daemon would keep our pipes open, and we would wait for its end.
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )

    async def _until_it_answers(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 20
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.imap_port)
                greeting = await reader.readline()
                writer.close()
                if greeting.startswith(b"* OK"):
                    return
            if loop.time() > deadline:
                raise AssertionError((self.folder / "log").read_text(errors="replace")[-2000:])
            await asyncio.sleep(0.05)
