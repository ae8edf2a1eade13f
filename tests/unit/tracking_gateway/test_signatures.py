"""Every provider's signature: the documented formula, and every one-byte change refused."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from tracking_gateway.carriers.aftership.push import AftershipPush
from tracking_gateway.carriers.aftership.sign import webhook_signature as aftership_signature
from tracking_gateway.carriers.easypost.push import EasypostPush
from tracking_gateway.carriers.easypost.sign import webhook_signature as easypost_signature
from tracking_gateway.carriers.forms import form_fields
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.kdniao.push import KdniaoPush
from tracking_gateway.carriers.kdniao.sign import data_sign
from tracking_gateway.carriers.kdniao.sign import push_is_genuine as kdniao_is_genuine
from tracking_gateway.carriers.kuaidi100.push import Kuaidi100Push
from tracking_gateway.carriers.kuaidi100.sign import push_signature as kuaidi100_signature
from tracking_gateway.carriers.port import Forged, PushSource
from tracking_gateway.carriers.sf.push import SfPush
from tracking_gateway.carriers.sf.sign import msg_digest
from tracking_gateway.carriers.track17.push import Track17Push
from tracking_gateway.carriers.track17.sign import push_signature as track17_signature

SECRET = "sécret-1"
BODY = b'{"any":"thing","n":[1,2,3]}'

Sign = Callable[[bytes], tuple[dict[str, str], dict[str, str], bytes]]


def header(name: str, signature: Callable[[bytes, str], str]) -> Sign:
    return lambda body: ({name: signature(body, SECRET)}, {}, body)


def form(field: str, sign_field: str, signature: Callable[[str, str], str]) -> Sign:
    def signed(body: bytes) -> tuple[dict[str, str], dict[str, str], bytes]:
        text = body.decode()
        return {}, {}, urlencode({field: text, sign_field: signature(text, SECRET)}).encode()

    return signed


SOURCES: list[tuple[PushSource, Sign]] = [
    (Kuaidi100Push(SECRET), form("param", "sign", kuaidi100_signature)),
    (KdniaoPush("id", SECRET), form("RequestData", "DataSign", data_sign)),
    (Track17Push(SECRET), header("sign", track17_signature)),
    (AftershipPush(SECRET), header("aftership-hmac-sha256", aftership_signature)),
    (EasypostPush(SECRET), header("x-hmac-signature", easypost_signature)),
]
UNSIGNED: list[PushSource] = [
    *(Kuaidi100Push(None), KdniaoPush(None, None), Track17Push(None)),
    *(AftershipPush(None), EasypostPush(None), SfPush(None)),
]


def is_refused(source: PushSource, headers: dict[str, str], query: dict[str, str], body: bytes) -> bool:
    """Whether the push is refused as forged. What is genuine here may still not have the documented form."""
    try:
        source.open(headers, query, body)
    except Forged:
        return True
    except Malformed:
        return False
    return False


@pytest.mark.parametrize(("source", "sign"), SOURCES, ids=lambda item: getattr(item, "name", ""))
def test_a_genuine_push_is_opened(source: PushSource, sign: Sign) -> None:
    assert not is_refused(source, *sign(BODY))


def forgeries(genuine: bytes) -> Iterator[bytes]:
    """Every text that differs from the genuine one in a single byte: changed to any other, left out, or put in."""
    for position in range(len(genuine)):
        for value in range(256):
            if value != genuine[position]:
                yield genuine[:position] + bytes([value]) + genuine[position + 1 :]
        yield genuine[:position] + genuine[position + 1 :]
        yield genuine[:position] + b"A" + genuine[position:]


def content_forgeries() -> Iterator[bytes]:
    """Forgeries of the body that are still text, so that only the signature tells."""
    for forged in forgeries(BODY):
        with suppress(UnicodeDecodeError):
            forged.decode()
            yield forged


@pytest.mark.parametrize(("source", "sign"), SOURCES, ids=lambda item: getattr(item, "name", ""))
def test_every_one_byte_forgery_of_a_signature_is_refused(source: PushSource, sign: Sign) -> None:
    headers, query, body = sign(BODY)
    if headers:
        ((name, value),) = headers.items()
        assert is_refused(source, {}, query, body)
        for forged in forgeries(value.encode()):
            assert is_refused(source, {name: forged.decode("latin-1")}, query, body), forged
        return
    (content_field, content), (sign_field, signature) = parse_qsl(body.decode())
    padding = {signature.rstrip("="), signature[:-1]} if source.name == "kdniao" else set()
    for forged in forgeries(signature.encode()):
        if (written := forged.decode("latin-1")) not in padding | {signature}:
            form = urlencode({content_field: content, sign_field: written}).encode()
            assert is_refused(source, headers, query, form), forged


@pytest.mark.parametrize(("source", "sign"), SOURCES, ids=lambda item: getattr(item, "name", ""))
def test_every_one_byte_forgery_of_the_content_is_refused(source: PushSource, sign: Sign) -> None:
    headers, query, body = sign(BODY)
    if headers:
        assert all(is_refused(source, headers, query, forged) for forged in forgeries(BODY))
        return
    (content_field, _), (sign_field, signature) = parse_qsl(body.decode())
    for forged in content_forgeries():
        form = urlencode({content_field: forged.decode(), sign_field: signature}).encode()
        assert is_refused(source, {}, {}, form), forged


@pytest.mark.parametrize(("source", "sign"), SOURCES[:2], ids=lambda item: getattr(item, "name", ""))
def test_every_one_byte_change_of_a_form_is_refused_or_says_the_same(source: PushSource, sign: Sign) -> None:
    """As it goes over the wire: names, separators and escapes included. `%7b` and `%7B` are the same."""
    _, _, body = sign(BODY)
    genuine = form_fields(body)
    said: dict[str, str] = {}
    for forged in forgeries(body):
        try:
            source.open({}, {}, forged)
        except Forged:
            continue
        except Malformed as refused:
            if refused.pointer in ("#", *(f"#/{name}" for name in genuine)):
                continue  # not a form with these fields at all
        said = form_fields(forged)
        assert {name: said[name] for name in list(genuine)[:1]} == dict(list(genuine.items())[:1]), forged


@pytest.mark.parametrize("source", UNSIGNED, ids=lambda source: source.name)
def test_without_a_secret_everything_is_refused(source: PushSource) -> None:
    forms = {"param": "x", "sign": "", "RequestData": "x", "DataSign": ""}
    for name in forms:
        forms[name] = forms[name] or "d41d8cd98f00b204e9800998ecf8427e"
    assert is_refused(source, {"sign": "", "aftership-hmac-sha256": ""}, {"token": ""}, urlencode(forms).encode())


def test_kdniao_signs_the_hexadecimal_text() -> None:
    hexadecimal = hashlib.md5(b'{"a":1}key').hexdigest()
    assert data_sign('{"a":1}', "key") == base64.b64encode(hexadecimal.encode()).decode()


def test_kdniao_signatures_come_plain_encoded_or_without_padding() -> None:
    signature = data_sign("data", "key")
    assert signature.endswith("=")
    for written in (signature, quote(signature), signature.rstrip("=")):
        assert kdniao_is_genuine("data", written, "key")
    for forged in (signature + "=", signature.lower(), signature[1:], "", signature.replace("=", "%3d")):
        assert not kdniao_is_genuine("data", forged, "key")


def test_17track_is_not_an_hmac() -> None:
    assert track17_signature(b"{}", "key") == hashlib.sha256(b"{}/key").hexdigest()


def test_aftership_is_base64_of_the_hmac() -> None:
    digest = hmac.new(b"key", b"{}", hashlib.sha256).digest()
    assert aftership_signature(b"{}", "key") == base64.b64encode(digest).decode()


def test_easypost_normalises_its_secret() -> None:
    digest = hmac.new("e\u0301".encode(), b"{}", hashlib.sha256).hexdigest()
    assert easypost_signature(b"{}", "\u00e9") == f"hmac-sha256-hex={digest}"


def test_sf_digest_vector() -> None:
    assert msg_digest('{"a":1}', "1700000000000", "cw") == "MTi764CWVlVMKjj8p0kGeQ=="


def test_sf_push_token() -> None:
    assert not is_refused(SfPush("token-1"), {}, {"token": "token-1"}, b"{}")
    assert is_refused(SfPush("token-1"), {}, {}, b"{}")
    for forged in forgeries(b"token-1"):
        assert is_refused(SfPush("token-1"), {}, {"token": forged.decode("latin-1")}, b"{}"), forged
