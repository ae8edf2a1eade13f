"""Whatever a signed form holds, the parsers answer with a message or name a field."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from channel_sms.twilio.inbound import InboundMessage, MalformedField, read_message
from channel_sms.twilio.status import StatusReport, read_status
from chassis.twilio.signature import form_fields, sign, signed_fields

NAMES = st.one_of(
    st.sampled_from(
        [
            "MessageSid",
            "SmsSid",
            "From",
            "To",
            "Body",
            "NumMedia",
            "MediaUrl0",
            "OptOutType",
            "MessageStatus",
            "ErrorCode",
        ]
    ),
    st.text(max_size=20),
)
VALUES = st.one_of(
    st.text(max_size=60), st.sampled_from(["SM" + "a" * 32, "+8613800138000", "3", "sent", "\x00", "STOP"])
)
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=20)


@given(FORMS)
def test_a_message_or_a_named_field(pairs: list[tuple[str, str]]) -> None:
    try:
        message = read_message(pairs, datetime(2026, 1, 1, tzinfo=UTC))
    except MalformedField as error:
        assert error.field in {"MessageSid", "From", "To", "NumMedia"}
    else:
        assert isinstance(message, InboundMessage)
        assert "\x00" not in message.text
        assert message.address.strip() == message.address != ""


@given(FORMS)
def test_a_report_or_a_named_field(pairs: list[tuple[str, str]]) -> None:
    try:
        report = read_status(pairs)
    except MalformedField as error:
        assert error.field in {"MessageSid", "MessageStatus", "ErrorCode"}
    else:
        assert isinstance(report, StatusReport)
        assert report.status


@given(st.binary(max_size=200), st.text(max_size=40), st.sampled_from([None, "application/x-www-form-urlencoded"]))
def test_unsigned_bytes_are_never_fields(body: bytes, signature: str, content_type: str | None) -> None:
    found = signed_fields(
        ("token",), url="https://x.test/y", body=body, content_type=content_type, signature=signature, max_fields=200
    )
    assert found is None


@given(FORMS, st.booleans())
def test_what_twilio_signs_we_accept(pairs: list[tuple[str, str]], with_port: bool) -> None:
    """The signature is made by twilio's own code, over the fields as a form parser reads them."""
    try:
        body = urlencode(pairs).encode()
        fields = form_fields(body, 200)
    except (UnicodeEncodeError, ValueError):
        return
    url = "https://x.test:443/y?a=b" if with_port else "https://x.test/y?a=b"
    found = signed_fields(
        ("other", "token"),
        url="https://x.test/y?a=b",
        body=body,
        content_type="application/x-www-form-urlencoded",
        signature=sign("token", url, fields),
        max_fields=200,
    )
    assert found == fields


@given(
    st.one_of(
        st.binary(max_size=80),
        st.lists(st.sampled_from(["a", "=", "&", "+", "%", "%E5%BF%AB", "%e5", "%zz", "%00", "快", "%2B"])).map(
            lambda parts: "".join(parts).encode()
        ),
    )
)
def test_forms_are_read_as_the_standard_library_reads_them(body: bytes) -> None:
    try:
        expected = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        expected = None
    try:
        found = form_fields(body, 20)
    except ValueError:
        found = None
    assert found == expected
