"""What the channel itself does about STOP, START and HELP: record first, answer at most once, tell the timeline."""

from channel_sms.domain.optout import Wish, is_letter, needs_person, offered, wish_of
from channel_sms.domain.segments import count_segments
from channel_sms.parameters import SmsParameters
from channel_sms.store import outbound, suppressions
from channel_sms.store.interactions import OpenInteraction
from channel_sms.twilio.inbound import InboundMessage
from chassis.db import Tx
from chassis.i18n import Catalogue
from chassis.ids import derived_id
from contracts.interactions import InteractionSelfServed
from contracts.values import Channel, Language

MARKETING = "marketing"
"""The category an opt-out blocks. Answers to a customer's own question are `service` and are never blocked by us."""


class Keywords:
    """Handles the messages that are nothing but a keyword."""

    def __init__(self, parameters: SmsParameters, texts: Catalogue) -> None:
        self._parameters = parameters
        self._words = parameters.words()
        self._texts = texts

    async def wish(self, tx: Tx, message: InboundMessage) -> Wish | None:
        """What the message asks of the channel itself."""
        if message.opt_out_type in _TWILIO_KEYWORDS:
            return _TWILIO_KEYWORDS[message.opt_out_type]
        if is_letter(message.text, self._words):
            last = await outbound.last_text(tx, message.account, message.address)
            if last and last[0] == MARKETING and offered(message.text, last[1], self._words):
                return Wish.STOP
        return wish_of(message.text, self._words)

    def is_automatic(self, message: InboundMessage, wish: Wish | None) -> bool:
        """Whether the channel deals with the message alone, so that no person needs to read it."""
        return not needs_person(message.text, wish, self._words)

    async def obey(self, tx: Tx, interaction: OpenInteraction, message: InboundMessage, wish: Wish) -> None:
        """Record what is wished, then answer: a confirmation once per change, help always."""
        if wish is Wish.STOP:
            key = "opt_out.confirmed" if await self._suppress(tx, message) else None
        elif wish is Wish.START:
            lifted = await suppressions.lift(tx, message.account, message.address, MARKETING, at=tx.now)
            key = "opt_in.confirmed" if lifted else None
        else:
            key = "help"
        # With `OptOutType` set, Twilio has answered the customer itself.
        if key and not message.opt_out_type:
            await self._answer(
                tx, interaction, message, wish, self._texts.text(_language(message, self._parameters), key)
            )

    async def _suppress(self, tx: Tx, message: InboundMessage) -> bool:
        return await suppressions.suppress(
            tx,
            message.account,
            message.address,
            MARKETING,
            source=f"message {message.sid}",
            parameters_version=self._parameters.version,
            at=tx.now,
        )

    async def _answer(
        self, tx: Tx, interaction: OpenInteraction, message: InboundMessage, wish: Wish, text: str
    ) -> None:
        segments = count_segments(text)
        await outbound.insert(
            tx,
            outbound.NewSend(
                id=derived_id("sms-keyword-answer", message.sid),
                interaction_id=interaction.id,
                account=message.account,
                address=message.address,
                text=text,
                category="service",
                author=outbound.CHANNEL_AUTHOR,
                encoding=segments.encoding,
                segments=segments.count,
            ),
        )
        tx.notify_stream(outbound.SENDS)
        tx.emit(
            InteractionSelfServed(
                interaction_id=interaction.id,
                channel=Channel.SMS,
                service=f"sms.{wish}",
                found=True,
                answer=text,
                occurred_at=tx.now,
            )
        )


_TWILIO_KEYWORDS = {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.HELP}


def _language(message: InboundMessage, parameters: SmsParameters) -> str:
    """Chinese for numbers of, and texts in, China; English otherwise."""
    chinese = message.address.startswith(parameters.chinese_prefixes) or any(
        "\u4e00" <= character <= "\u9fff" for character in message.text
    )
    return Language.ZH_CN if chinese else Language.EN
