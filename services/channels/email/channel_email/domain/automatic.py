"""Mails that no person wrote to us: bounces, auto-replies, list mail, machine mail (RFC 3834 and common practice)."""

import re
from email.message import Message

from channel_email.domain.headers import Mailbox, raw_value, raw_values
from channel_email.domain.mail import Automatic

_BOUNCERS = frozenset({"mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster", "mdaemon"})
_MACHINES = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply(?:[-_.+].*)?", re.IGNORECASE)
_AUTO_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply")
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
_OUT_OF_OFFICE = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|out of (?:the )?office|"
    r"vacation (?:reply|response)|自动回复|自動回覆|自动答复|外出自动|休假自动)",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|system)|"
    r"returned mail|failure notice|退信|系统退信|投递失败|郵件無法傳遞|未送达)",
    re.IGNORECASE,
)


def kind_of(
    message: Message, *, subject: str, sender: Mailbox | None, return_path: str | None, is_report: bool
) -> Automatic | None:
    """Why the mail is automatic; None if a person wrote it. `return_path` is "" for the null sender, None if unknown.

    Mail that was only generated (a shop's system, a help desk's agent) is told apart from mail that answers by itself:
    neither counts as "the customer answered", but the former may well open a conversation.
    """
    if is_report or raw_value(message, "X-Failed-Recipients"):
        return Automatic.BOUNCE
    local = sender.address.partition("@")[0] if sender else ""
    from_bouncer = local in _BOUNCERS
    if from_bouncer or (return_path == "" and _BOUNCE_SUBJECT.search(subject)):
        return Automatic.BOUNCE
    if message.get_content_type() == "multipart/report":  # a read receipt, an abuse report
        return Automatic.AUTO_REPLY
    submitted = _token(raw_value(message, "Auto-Submitted"))
    precedences = {_token(value) for value in raw_values(message, "Precedence")}
    if submitted in ("auto-replied", "auto-notified") or precedences & {"auto_reply", "auto-reply"}:
        return Automatic.AUTO_REPLY
    if any(_says_yes(raw_value(message, name)) for name in _AUTO_REPLY_HEADERS) or _OUT_OF_OFFICE.match(subject):
        return Automatic.AUTO_REPLY
    if "list" in precedences or any(raw_value(message, name) for name in _LIST_HEADERS):
        return Automatic.LIST
    suppresses = {_token(part) for part in raw_value(message, "X-Auto-Response-Suppress").split(",")}
    if submitted not in ("", "no") or precedences & {"bulk", "junk"} or "all" in suppresses:
        return Automatic.GENERATED
    if return_path == "" or (_MACHINES.fullmatch(local) and not raw_value(message, "Reply-To")):
        return Automatic.GENERATED
    return None


def _token(value: str) -> str:
    return value.partition(";")[0].partition("(")[0].strip().lower()


def _says_yes(value: str) -> bool:
    return _token(value) not in ("", "no", "false", "0")
