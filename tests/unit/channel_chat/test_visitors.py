"""Tokens and identities on a clock of their own."""

import jwt
import pytest
from pydantic import SecretStr, ValidationError

from channel_chat.parameters import ChatParameters
from channel_chat.settings import BotSettings, SiteSettings
from channel_chat.sites import Sites
from channel_chat.visitors import BadCredential, Visitors, clean_name
from chassis.clock import ManualClock
from contracts.values import Language

SECRET = "a-secret-of-the-site-of-32-characters"
SITE = SiteSettings(id="shop", origins=("https://Shop.test/",), identity_secrets=(SecretStr(SECRET),))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def visitors(clock: ManualClock) -> Visitors:
    return Visitors(["first-key-first-key-first-key-32", "old-key-old-key-old-key-old-key-32"], ChatParameters(), clock)


async def test_a_token_lives_as_long_as_it_says(visitors: Visitors, clock: ManualClock) -> None:
    visitor = visitors.anonymous(SITE, name="Ann", language=Language.EN)
    token, expires_at = visitors.token(visitor)
    assert visitors.of_token(token) == visitor
    await clock.advance((expires_at - clock.now()).total_seconds())
    assert visitors.of_token(token) == visitor  # the leeway
    await clock.advance(60)
    with pytest.raises(BadCredential):
        visitors.of_token(token)


def test_keys_are_rotated_without_signing_anybody_out(clock: ManualClock, visitors: Visitors) -> None:
    old = Visitors(["old-key-old-key-old-key-old-key-32"], ChatParameters(), clock)
    visitor = old.anonymous(SITE, name=None, language=None)
    token, _ = old.token(visitor)
    assert visitors.of_token(token) == visitor
    with pytest.raises(BadCredential):
        old.of_token(visitors.token(visitor)[0])


def test_an_identity_is_not_a_token(visitors: Visitors, clock: ManualClock) -> None:
    identity = jwt.encode({"sub": "u", "exp": int(clock.now().timestamp()) + 60}, SECRET, algorithm="HS256")
    assert visitors.of_identity(SITE, identity, language=None).id == "u-shop-u"
    with pytest.raises(BadCredential):
        visitors.of_token(identity)


@pytest.mark.parametrize("lifetime", [-31, 331, True, "soon"])
def test_an_identity_is_short_lived(visitors: Visitors, clock: ManualClock, lifetime: object) -> None:
    exp = clock.now().timestamp() + lifetime if type(lifetime) is int else lifetime
    with pytest.raises(BadCredential):
        visitors.of_identity(SITE, jwt.encode({"sub": "u", "exp": exp}, SECRET, algorithm="HS256"), language=None)


def test_names_are_cleaned() -> None:
    assert clean_name(" 王\u202e芳\n ") == "王芳"
    assert clean_name("\x00") is None
    assert clean_name(None) is None
    assert len(clean_name("x" * 200) or "") == 80


def test_origins_are_compared_whole() -> None:
    sites = Sites([SITE])
    assert sites.allows("shop", "https://shop.test")
    assert sites.allows("shop", "https://SHOP.test")
    for origin in (None, "null", "http://shop.test", "https://shop.test:8443", "https://shop.test.evil.test"):
        assert not sites.allows("shop", origin)
    assert not sites.allows("nowhere", "https://shop.test")


def test_settings_refuse_weak_secrets() -> None:
    with pytest.raises(ValidationError):
        SiteSettings(id="shop", origins=("https://shop.test",), identity_secrets=(SecretStr("short"),))
    with pytest.raises(ValidationError):
        BotSettings(id="bot", token=SecretStr("1:x"), secret=SecretStr("with space"))
