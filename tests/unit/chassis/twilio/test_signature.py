"""Webhook signatures: the documented vector, every one-byte change, and what providers and attackers send."""

import hashlib
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.twilio.signature import FORM, form_fields, public_url, sign, verify, with_body_hash

TOKEN = "12345"
URL = "https://example.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
]
SIGNATURE = "vNe7KK2kJwCsxc9K3OLkkKB3qqI="
BODY = urlencode(FIELDS).encode()


def verified(**changes: object) -> bool:
    given_: dict[str, object] = {
        "url": URL,
        "body": BODY,
        "content_type": FORM,
        "signature": SIGNATURE,
        "max_fields": 50,
    }
    tokens = changes.pop("tokens", (TOKEN,))
    return verify(tokens, **{**given_, **changes})  # type: ignore[arg-type]


def test_the_documented_vector_verifies_and_is_what_we_sign() -> None:
    assert verified()
    assert sign(TOKEN, URL, FIELDS) == SIGNATURE


def test_either_token_of_a_rotation_verifies() -> None:
    assert verified(tokens=("new", TOKEN))
    assert not verified(tokens=("new", "newer"))
    assert not verified(tokens=())


@pytest.mark.parametrize("position", range(len(BODY)))
def test_no_byte_of_the_body_can_change(position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 0x01
    assert parse_qsl(bytes(changed), keep_blank_values=True) != parse_qsl(BODY, keep_blank_values=True)
    assert not verified(body=bytes(changed))


@pytest.mark.parametrize("position", range(len(URL)))
def test_no_byte_of_the_url_can_change(position: int) -> None:
    changed = URL[:position] + chr(ord(URL[position]) ^ 0x01) + URL[position + 1 :]
    assert not verified(url=changed)


@pytest.mark.parametrize("position", range(len(SIGNATURE)))
def test_no_byte_of_the_signature_can_change(position: int) -> None:
    changed = SIGNATURE[:position] + chr(ord(SIGNATURE[position]) ^ 0x01) + SIGNATURE[position + 1 :]
    assert not verified(signature=changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "ünïcode"},
        {"body": b"\xff\xfe=%ff"},
        {"body": b"a=%ff"},
        {"body": b"&".join([b"a=1"] * 51)},
        {"content_type": "application/json"},
        {"content_type": None},
        {"url": "http://[broken"},
        {"algorithm": "HMAC_MD5"},
    ],
    ids=str,
)
def test_unreadable_requests_are_unsigned(changes: dict[str, object]) -> None:
    assert not verified(**changes)


def test_the_algorithm_is_pinned() -> None:
    stronger = sign(TOKEN, URL, FIELDS, "HMAC_SHA256")
    assert verified(signature=stronger, algorithm="HMAC_SHA256")
    assert not verified(signature=stronger)
    assert not verified(algorithm="HMAC_SHA256")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=20))
def test_what_is_signed_verifies_whatever_the_fields(fields: list[tuple[str, str]]) -> None:
    fields = [
        (name.encode("utf-8", "ignore").decode(), value.encode("utf-8", "ignore").decode()) for name, value in fields
    ]
    body = urlencode(fields).encode()
    assert form_fields(body, 50) == fields
    assert verified(body=body, signature=sign(TOKEN, URL, fields))


def test_blank_and_padded_values_are_signed() -> None:
    fields = [("Body", "  hi "), ("Empty", ""), ("MediaUrl", "b"), ("MediaUrl", "a")]
    signature = sign(TOKEN, URL, fields)
    assert verified(body=b"Body=++hi+&Empty=&MediaUrl=b&MediaUrl=a", signature=signature)
    assert not verified(body=b"Body=hi&Empty=&MediaUrl=b&MediaUrl=a", signature=signature)
    assert not verified(body=b"Body=++hi+&MediaUrl=b&MediaUrl=a", signature=signature)


class TestBodiesThatAreNotForms:
    body = '{"text":"你好"}'.encode()
    url = with_body_hash(URL, body)
    signature = sign(TOKEN, url)

    def test_the_signed_url_vouches_for_the_body(self) -> None:
        assert hashlib.sha256(self.body).hexdigest() in self.url
        assert verified(url=self.url, body=self.body, content_type="application/json", signature=self.signature)

    def test_another_body_is_refused(self) -> None:
        assert not verified(url=self.url, body=b"{}", content_type="application/json", signature=self.signature)

    def test_a_url_without_the_hash_vouches_for_no_body(self) -> None:
        assert not verified(body=self.body, content_type="application/json", signature=sign(TOKEN, URL))

    def test_two_hashes_vouch_for_nothing(self) -> None:
        url = with_body_hash(self.url, self.body)
        assert not verified(url=url, body=self.body, content_type="application/json", signature=sign(TOKEN, url))

    def test_a_form_is_checked_as_a_form_even_with_the_hash(self) -> None:
        form = b"Digits=1"
        url = with_body_hash(URL, form)
        assert verified(url=url, body=form, signature=sign(TOKEN, url, [("Digits", "1")]))
        assert not verified(url=url, body=form, signature=sign(TOKEN, url))


class TestPublicUrl:
    scope: ClassVar = {
        "raw_path": b"/v1/twilio/a%2Fb",
        "query_string": b"b=%20&a=1",
        "headers": [(b"host", b"evil.example")],
    }

    def test_it_is_configured_never_the_host(self) -> None:
        expected = "https://call.example.com/voice/v1/twilio/a%2Fb?b=%20&a=1"
        assert public_url("https://call.example.com/", "/voice", self.scope) == expected

    def test_a_prefix_that_was_not_stripped_is_not_doubled(self) -> None:
        scope = {**self.scope, "raw_path": b"/voice/v1/x", "query_string": b""}
        assert public_url("https://call.example.com", "/voice", scope) == "https://call.example.com/voice/v1/x"

    def test_the_port_is_tolerated_either_way(self) -> None:
        assert verified(url="https://example.com:443/p", body=b"", signature=sign(TOKEN, "https://example.com/p"))
        assert verified(url="https://example.com/p", body=b"", signature=sign(TOKEN, "https://example.com:443/p"))
