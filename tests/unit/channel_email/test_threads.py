"""Tokens prove, quotations hint, and only the right people get into a thread."""

from uuid import UUID, uuid4

import pytest

from channel_email.domain.addresses import details_for, split_detail, with_detail
from channel_email.domain.parse import parse
from channel_email.domain.threads import Place, Placement, Thread, keys_of, place, same_subject
from channel_email.domain.tokens import DETAIL_CHARS, Keyring, OwnMessage
from channel_email.parameters import EmailParameters

SUPPORT = "support@posthouse.example"
KEYS = Keyring([b"0123456789abcdef"])
LIMITS = EmailParameters().limits()
CUSTOMER = "li@customer.example"


def thread(*, address: str = CUSTOMER, is_open: bool = True, subject: str = "parcel") -> Thread:
    new = uuid4()
    return Thread(id=new, thread_id=new, address=address, subject=subject, case_id=uuid4(), is_open=is_open)


class TestTokens:
    def test_round_trip(self) -> None:
        interaction, message = uuid4(), uuid4()
        assert KEYS.replied_to([KEYS.reply_detail(interaction)]) == (interaction,)
        assert KEYS.bounced([KEYS.bounce_detail(message)]) == (message,)
        mail_id = KEYS.mail_id(interaction, message, "posthouse.example")
        assert KEYS.own_messages([mail_id]) == (OwnMessage(interaction, message),)
        assert len(KEYS.reply_detail(interaction)) == DETAIL_CHARS

    def test_in_any_case(self) -> None:
        interaction = uuid4()
        assert KEYS.replied_to([KEYS.reply_detail(interaction).upper()]) == (interaction,)

    def test_purposes_do_not_mix(self) -> None:
        any_id = uuid4()
        assert KEYS.bounced([KEYS.reply_detail(any_id)]) == ()
        assert KEYS.replied_to(["t" + KEYS.bounce_detail(any_id)[1:]]) == ()

    def test_every_changed_character_is_noticed(self) -> None:
        detail = KEYS.reply_detail(UUID(int=0x1234 << 64))
        for position in range(1, len(detail)):
            for other in "a7":
                forged = detail[:position] + other + detail[position + 1 :]
                named = KEYS.replied_to([forged])
                assert named in ((), KEYS.replied_to([detail]))
                assert named == () or forged == detail or position == 26  # spare bits of the last id character

    def test_rotation(self) -> None:
        new = Keyring([b"fedcba9876543210", b"0123456789abcdef"])
        interaction = uuid4()
        assert new.replied_to([KEYS.reply_detail(interaction)]) == (interaction,)
        assert KEYS.replied_to([new.reply_detail(interaction)]) == ()

    @pytest.mark.parametrize("secrets", [[], [b"short"], [b"0123456789abcdef", b""]])
    def test_weak_secrets_are_refused(self, secrets: list[bytes]) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            Keyring(secrets)


class TestAddresses:
    def test_details(self) -> None:
        assert split_detail("support+a+b@ex.test") == ("support@ex.test", "a+b")
        assert with_detail(SUPPORT, "x") == "support+x@posthouse.example"
        given = ("support+a@posthouse.example", "claims+b@posthouse.example", SUPPORT, "support+a@posthouse.example")
        assert details_for(SUPPORT, given) == ("a",)


class TestKeys:
    def test_where_tokens_are_looked_for(self) -> None:
        interaction = uuid4()
        address = with_detail(SUPPORT, KEYS.reply_detail(interaction))
        for field in ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To"):
            mail = parse(f"From: a@b.test\r\n{field}: {address}\r\n\r\nx".encode(), LIMITS)
            assert keys_of(mail, SUPPORT, (), KEYS).replied_to == (interaction,)
        mail = parse(f"From: a@b.test\r\nSubject: {address}\r\n\r\n{address}".encode(), LIMITS)
        assert keys_of(mail, SUPPORT, (), KEYS).replied_to == ()
        assert keys_of(mail, SUPPORT, (address,), KEYS).replied_to == (interaction,)

    def test_newest_reference_first(self) -> None:
        mail = parse(b"From: a@b.test\r\nReferences: <1@x> <2@x> <3@x>\r\nIn-Reply-To: <2@x>\r\n\r\nx", LIMITS)
        assert keys_of(mail, SUPPORT, (), KEYS).mail_ids == ("2@x", "3@x", "1@x")

    def test_our_id_in_the_text_counts_for_bounces_only(self) -> None:
        own = OwnMessage(uuid4(), uuid4())
        text = f"your mail <{KEYS.mail_id(own.interaction_id, own.message_id, 'posthouse.example')}> failed"
        person = parse(f"From: a@b.test\r\n\r\n{text}".encode(), LIMITS)
        bounce = parse(f"From: mailer-daemon@b.test\r\n\r\n{text}".encode(), LIMITS)
        assert keys_of(person, SUPPORT, (), KEYS).own == ()
        assert keys_of(bounce, SUPPORT, (), KEYS).own == (own,)

    def test_case_numbers(self) -> None:
        mail = parse(b"From: a@b.test\r\nSubject: Re: x [#C-1] [#C-2] [# no] [#]\r\n\r\nx", LIMITS)
        assert keys_of(mail, SUPPORT, (), KEYS).case_nos == ("C-1", "C-2")


class TestPlace:
    def decide(
        self,
        *,
        proven: list[Thread] | None = None,
        hinted: list[Thread] | None = None,
        siblings: list[Thread] | None = None,
        sender: str = CUSTOMER,
        subject: str = "Re: parcel",
        automatic: bool = False,
    ) -> Place:
        every = [*(proven or []), *(hinted or [])]
        known = {each.thread_id: each for each in every if each.is_open and each.address == sender}
        known |= {each.thread_id: each for each in siblings or []}
        return place(
            proven=proven or [],
            hinted=hinted or [],
            siblings=known,
            sender=sender,
            subject=subject,
            automatic=automatic,
        )

    def test_reply_to_an_open_thread(self) -> None:
        here = thread()
        assert self.decide(proven=[here]) == Place(Placement.APPEND, here)
        assert self.decide(hinted=[here]) == Place(Placement.APPEND, here)

    def test_reply_to_an_ended_one(self) -> None:
        here = thread(is_open=False)
        assert self.decide(proven=[here]) == Place(Placement.CONTINUE, here)

    def test_another_subject(self) -> None:
        assert self.decide(proven=[thread(is_open=False)], subject="invoice").placement is Placement.NEW
        here = thread()
        assert self.decide(proven=[here], subject="invoice") == Place(Placement.APPEND, here)

    def test_the_open_successor_is_found(self) -> None:
        ended = thread(is_open=False)
        successor = Thread(uuid4(), ended.thread_id, CUSTOMER, "parcel", ended.case_id, is_open=True)
        assert self.decide(proven=[ended], siblings=[successor]) == Place(Placement.APPEND, successor)

    def test_somebody_else_with_a_token(self) -> None:
        here = thread(address="other@x.test")
        assert self.decide(proven=[here]) == Place(Placement.CONTINUE, here)

    def test_somebody_else_with_a_hint(self) -> None:
        assert self.decide(hinted=[thread(address="other@x.test")]).placement is Placement.NEW

    def test_proof_goes_before_hints(self) -> None:
        proven, hinted = thread(), thread()
        assert self.decide(proven=[proven], hinted=[hinted]) == Place(Placement.APPEND, proven)

    def test_automatic_mail_starts_nothing_in_a_thread(self) -> None:
        ended = thread(is_open=False, address="other@x.test")
        assert self.decide(proven=[ended], automatic=True) == Place(Placement.APPEND, ended)

    def test_nothing_known(self) -> None:
        assert self.decide().placement is Placement.NEW


@pytest.mark.parametrize(
    ("earlier", "later", "same"),
    [
        ("查询快递", "Re: 查询快递 [#C-1]", True),
        ("parcel", "RE: AW: 回复：[External] Parcel", True),
        ("parcel", "Re[2]: parcel", True),
        ("parcel", "答复: Re: parcel", True),
        ("parcel", "", True),
        ("", "anything", True),
        ("a very long subject that is cut", "Re: a very long subject", True),
        ("parcel", "invoice", False),
        ("查询快递", "Re: 发票", False),
    ],
)
def test_same_subject(earlier: str, later: str, same: bool) -> None:
    assert same_subject(earlier, later) is same
