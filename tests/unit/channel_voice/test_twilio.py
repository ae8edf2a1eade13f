"""Identities, music and TwiML as Twilio's documentation wants them."""

import io
import wave
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from channel_voice.domain.dialogue import Ask, greet
from channel_voice.domain.speech import Line
from channel_voice.music import hold_music
from channel_voice.parameters import VoiceParameters
from channel_voice.twilio.twiml import Scripts
from channel_voice.twilio.urls import Urls
from chassis.i18n import Catalogue
from chassis.twilio.identity import client_of
from contracts.values import Language
from posthouse.simulators.twilio.twiml import DialConference, Gather, Hangup, Play, Say, parse

PARAMETERS = VoiceParameters()
SCRIPTS = Scripts(Catalogue.load("channel_voice"), PARAMETERS, Urls("https://calls.test/"))


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("agent1", "client:agent1"),
        ("agent_1", "client:agent_5f1"),
        ("li.wei", "client:li_2ewei"),
        ("李", "client:_e6_9d_8e"),
    ],
)
def test_agents_have_identities_twilio_accepts(agent: str, client: str) -> None:
    assert client_of(agent) == client


def test_the_music_is_a_short_wav_that_fits_a_piece_of_waiting() -> None:
    with wave.open(io.BytesIO(hold_music(PARAMETERS.wait_music_seconds))) as music:
        assert (music.getnchannels(), music.getsampwidth(), music.getframerate()) == (1, 2, 8000)
        assert music.getnframes() / music.getframerate() == PARAMETERS.wait_music_seconds < 30
        loudest = max(abs(int.from_bytes(music.readframes(1), "little", signed=True)) for _ in range(8000))
        assert 3000 < loudest < 32767


def test_a_question_speaks_each_language_in_its_voice_and_takes_silence_for_an_answer() -> None:
    _, ask = greet(Language.ZH_CN)
    [gather] = parse(SCRIPTS.ask(ask, turn=3))
    assert isinstance(gather, Gather)
    assert gather.action == "https://calls.test/voice/v1/twilio/voice/keys?turn=3#rc=2&rp=ct,rt,5xx"
    assert (gather.num_digits, gather.finish_on_key, gather.action_on_empty) == (1, "", True)
    assert [prompt.language for prompt in gather.prompts if isinstance(prompt, Say)] == ["cmn-CN", "cmn-CN", "en-US"]


def test_a_number_is_typed_up_to_the_hash_key() -> None:
    [gather] = parse(SCRIPTS.ask(Ask((Line(Language.EN, "enter_waybill"),), many=True), turn=2))
    assert isinstance(gather, Gather)
    assert (gather.num_digits, gather.finish_on_key) == (None, "#")


def test_the_caller_waits_and_the_agent_begins() -> None:
    call = uuid4()
    said, caller = parse(SCRIPTS.queue([Line(Language.EN, "connecting")], call))
    [agent] = parse(SCRIPTS.admit(call))
    assert isinstance(said, Say)
    assert isinstance(caller, DialConference)
    assert isinstance(agent, DialConference)
    assert caller.name == agent.name == str(call)
    assert (caller.start_on_enter, caller.end_on_exit) == (False, True)
    assert (agent.start_on_enter, agent.end_on_exit) == (True, True)
    assert caller.status_events == agent.status_events == {"start", "end", "leave"}
    assert caller.status_callback == agent.status_callback
    assert caller.action is not None
    assert agent.action is None


def test_waiting_is_music_and_words_that_promise_nothing() -> None:
    music, words = parse(SCRIPTS.wait(Language.EN, first=True))
    assert music == Play("https://calls.test/voice/v1/audio/hold.wav")
    assert isinstance(words, Say)
    assert not any(character.isdigit() for character in words.text)


def test_names_cannot_break_out_of_the_document() -> None:
    document = SCRIPTS.goodbye([Line(Language.EN, "name", {"name": "<Dial>&'\""})])
    assert [element.tag for element in ElementTree.fromstring(document)] == ["Say", "Hangup"]
    said, hangup = parse(document)
    assert isinstance(said, Say)
    assert said.text == "<Dial>&'\"."
    assert hangup == Hangup()
