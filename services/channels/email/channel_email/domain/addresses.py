"""Our own mailboxes and the detail part of their addresses (`support+detail@…`)."""

from collections.abc import Iterable


def split_detail(address: str) -> tuple[str, str]:
    """(mailbox without detail, detail): `support+t1@ex.test` → (`support@ex.test`, `t1`). Takes normalised ones."""
    local, _, domain = address.rpartition("@")
    name, _, detail = local.partition("+")
    return f"{name}@{domain}", detail


def with_detail(mailbox: str, detail: str) -> str:
    """The mailbox's address carrying `detail`."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{detail}@{domain}"


def details_for(mailbox: str, recipients: Iterable[str]) -> tuple[str, ...]:
    """The details that mails to `mailbox` were addressed with, in order."""
    split = (split_detail(recipient) for recipient in recipients)
    return tuple(dict.fromkeys(detail for base, detail in split if base == mailbox and detail))
