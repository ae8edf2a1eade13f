"""What a received mail tells about mails we sent: bounces, delivery reports, and answers as proof of arrival."""

from dataclasses import dataclass
from uuid import UUID

from channel_email import announce
from channel_email.domain.mail import Automatic, Mail, RecipientReport
from channel_email.domain.sending import SendState, may_follow
from channel_email.domain.threads import ThreadKeys
from channel_email.store import interactions, outbound
from chassis.db import Tx
from contracts.values import MessageStatus

_STATUS_OF = {"failed": MessageStatus.UNDELIVERED, "delivered": MessageStatus.DELIVERED}
_TEXT_CHARS = 300


@dataclass(frozen=True, slots=True)
class Reported:
    """Our mails that a received mail speaks of, as (interaction, message), named by verified tokens only."""

    messages: tuple[tuple[UUID, UUID], ...]

    @classmethod
    async def by(cls, tx: Tx, keys: ThreadKeys) -> "Reported":
        """The mails named by bounce addresses and message ids."""
        found = {own.message_id: own.interaction_id for own in keys.own}
        for message_id in keys.bounced:
            interaction_id = await outbound.interaction_of(tx, message_id)
            if interaction_id is not None:
                found[message_id] = interaction_id
        return cls(tuple((interaction_id, message_id) for message_id, interaction_id in found.items()))

    @property
    def interaction_ids(self) -> tuple[UUID, ...]:
        """The interactions these mails were sent in."""
        return tuple(dict.fromkeys(interaction_id for interaction_id, _ in self.messages))

    async def apply(self, tx: Tx, mail: Mail) -> None:
        """Move the mails to the status that the received mail proves."""
        if mail.automatic is Automatic.BOUNCE and mail.report is not None:
            worst = min(mail.report.recipients, key=lambda report: report.action != "failed")
            reached = _STATUS_OF.get(worst.action)
            if reached is not None:
                await self._move(tx, reached, worst if reached is MessageStatus.UNDELIVERED else None)
        elif mail.automatic is None:
            await self._move(tx, MessageStatus.DELIVERED, None, only=MessageStatus.UNKNOWN)

    async def _move(
        self, tx: Tx, reached: MessageStatus, report: RecipientReport | None, *, only: MessageStatus | None = None
    ) -> None:
        code = report.status or None if report else None
        text = (report.diagnostic or "")[:_TEXT_CHARS] or None if report else None
        for interaction_id, message_id in self.messages:
            await interactions.lock(tx, interaction_id)
            send = await outbound.lock(tx, message_id)
            if send is None or (only is not None and send.status is not only):
                continue
            if may_follow(send.status, reached):
                await outbound.update(
                    tx, send.id, state=SendState.DONE, status=reached, error_code=code, error_text=text
                )
                announce.status(
                    tx, interaction_id, send.id, reached, mail_id=send.mail_id, error_code=code, error_text=text
                )
