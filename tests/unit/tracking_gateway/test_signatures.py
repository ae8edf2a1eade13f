"""Every provider's signature: the documented formula, and every one-byte change refused."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest

from tracking_gateway.carriers.aftership.push import AftershipPush
from tracking_gateway.carriers.aftership.sign import webhook_signature as aftership_signature
from tracking_gateway.carriers.easypost.push import EasypostPush
from tracking_gateway.carriers.easypost.sign import webhook_signature as easypost_signature
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


@pytest.mark.parametrize(("source", "sign"), SOURCES, ids=lambda item: getattr(item, "name", ""))
def test_every_one_byte_change_of_a_signature_is_refused(source: PushSource, sign: Sign) -> None:
    headers, query, body = sign(BODY)
    if headers:
        ((name, value),) = headers.items()
        for position in range(len(value)):
            for replacement in ("A", "0", "é", ""):
                forged = value[:position] + replacement + value[position + 1 :]
                if forged != value:
                    assert is_refused(source, {name: forged}, query, body), (position, replacement)
        assert is_refused(source, {}, query, body)
        return
    text = body.decode()
    start = text.rindex("=", 0, text.rindex("ign=") + 4) + 1
    for position in range(start, len(text)):
        if text[position] in "%3D":  # padding, which this provider may leave out or encode
            continue
        forged = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        assert is_refused(source, headers, query, forged.encode()), position


@pytest.mark.parametrize(("source", "sign"), SOURCES, ids=lambda item: getattr(item, "name", ""))
def test_every_one_byte_change_of_the_body_is_refused(source: PushSource, sign: Sign) -> None:
    headers, query, body = sign(BODY)
    for position in range(len(BODY)):
        changed = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
        if headers:
            assert is_refused(source, headers, query, changed)
        else:
            _, _, resigned = sign(changed)
            signature = body.decode().rsplit("ign=", 1)[1]
            assert is_refused(source, {}, {}, f"{resigned.decode().rsplit('ign=', 1)[0]}ign={signature}".encode())


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
    for forged in ("token-2", "token-", "token-1 ", "", "TOKEN-1"):
        assert is_refused(SfPush("token-1"), {}, {"token": forged}, b"{}")
