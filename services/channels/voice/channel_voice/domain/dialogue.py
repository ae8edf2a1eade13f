"""The keypad menu: what the caller hears and what the keys mean. One step per answer of the caller.

    menu ──1──▶ enter ──keys #──▶ confirm ──1 or silence──▶ look up ──▶ answered ──1──▶ enter
      │2: other language            │2: enter again                        │9: again
      └───────────────────── 0 anywhere: a person ─────────────────────────┘

Wrong keys too often lead to a person (a customer who cannot use the menu still gets help); silence too often ends the
call (nobody is there). Both are counted in a row and forgotten at the next useful key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from channel_voice.domain.speech import Line
from contracts.values import Language


class Node(StrEnum):
    """Where in the menu a call is."""

    MENU = "menu"
    ENTER = "enter"
    CONFIRM = "confirm"
    ANSWERED = "answered"


@dataclass(frozen=True)
class MenuRules:
    """The limits of the menu."""

    wrong_limit: int
    silence_limit: int
    waybill_min_digits: int
    waybill_max_digits: int


@dataclass(frozen=True)
class Dialogue:
    """A call's place in the menu. `answer` and `waybill_no` are the last lookup's, for repeating and for the agent."""

    language: Language
    node: Node = Node.MENU
    wrong: int = 0
    silent: int = 0
    digits: str | None = None
    answer: tuple[Line, ...] = ()
    waybill_no: str | None = None


@dataclass(frozen=True)
class Ask:
    """Say this and wait for keys: one, or (waybill) several up to #."""

    lines: tuple[Line, ...]
    many: bool = False


@dataclass(frozen=True)
class LookUp:
    """Ask the tracking gateway for these digits, then continue with `answered` or one of its siblings."""

    digits: str


@dataclass(frozen=True)
class ToPerson:
    """Say this and queue the caller."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Goodbye:
    """Say this and hang up."""

    lines: tuple[Line, ...]
    reason: str


Action: TypeAlias = Ask | LookUp | ToPerson | Goodbye
Step: TypeAlias = tuple[Dialogue, Action]

OTHER_LANGUAGE = {Language.ZH_CN: Language.EN, Language.EN: Language.ZH_CN}
PERSON, CLEAR = "0", "*"


def greet(language: Language) -> tuple[Dialogue, Ask]:
    """The start of a call: greeted in the language of the caller's number, and offered the other one in its own."""
    dialogue = Dialogue(language)
    return dialogue, Ask((Line(language, "greeting"), *_menu(dialogue)))


def hear(dialogue: Dialogue, keys: str, rules: MenuRules) -> Step:
    """The caller pressed `keys`; empty means silence."""
    if not keys and dialogue.node is Node.CONFIRM:
        return dialogue, LookUp(dialogue.digits or "")  # read back and not objected to
    if not keys:
        return _silence(dialogue, rules)
    if keys == PERSON:
        return _calm(dialogue), ToPerson((Line(dialogue.language, "connecting"),))
    match dialogue.node, keys:
        case Node.MENU, "1":
            return _enter(dialogue)
        case Node.MENU, "2":
            other = replace(_calm(dialogue), language=OTHER_LANGUAGE[dialogue.language])
            return other, Ask(_menu(other))
        case Node.CONFIRM, "1":
            return _calm(dialogue), LookUp(dialogue.digits or "")
        case Node.CONFIRM, "2":
            return _enter(dialogue)
        case Node.ANSWERED, "1":
            return _enter(dialogue)
        case Node.ANSWERED, "9":
            return _calm(dialogue), Ask((*dialogue.answer, *_after_answer(dialogue)))
        case Node.ENTER, _ if CLEAR in keys:
            return _enter(dialogue)
        case Node.ENTER, _ if rules.waybill_min_digits <= len(keys) <= rules.waybill_max_digits and keys.isdecimal():
            confirming = replace(_calm(dialogue), node=Node.CONFIRM, digits=keys)
            return confirming, Ask(_question(confirming))
    return _wrong(dialogue, rules)


def answered(dialogue: Dialogue, lines: Sequence[Line], waybill_no: str) -> Step:
    """The gateway answered, or honestly could not: the caller hears it and may go on."""
    dialogue = replace(dialogue, node=Node.ANSWERED, answer=tuple(lines), waybill_no=waybill_no)
    return dialogue, Ask((*dialogue.answer, *_after_answer(dialogue)))


def ambiguous(dialogue: Dialogue) -> Step:
    """Several parcels fit the digits, so none may be told: a person can ask for the letters."""
    return dialogue, ToPerson(
        (Line(dialogue.language, "tracking.letters_needed"), Line(dialogue.language, "connecting"))
    )


def _enter(dialogue: Dialogue) -> Step:
    entering = replace(_calm(dialogue), node=Node.ENTER, digits=None)
    return entering, Ask(_question(entering), many=True)


def _silence(dialogue: Dialogue, rules: MenuRules) -> Step:
    dialogue = replace(dialogue, silent=dialogue.silent + 1)
    if dialogue.silent >= rules.silence_limit:
        return dialogue, Goodbye((Line(dialogue.language, "goodbye"),), "silence")
    return dialogue, Ask((Line(dialogue.language, "silence"), *_question(dialogue)), many=dialogue.node is Node.ENTER)


def _wrong(dialogue: Dialogue, rules: MenuRules) -> Step:
    dialogue = replace(dialogue, wrong=dialogue.wrong + 1)
    if dialogue.wrong >= rules.wrong_limit:
        return dialogue, ToPerson((Line(dialogue.language, "wrong.person"), Line(dialogue.language, "connecting")))
    key = "wrong.waybill" if dialogue.node is Node.ENTER else "wrong.key"
    return dialogue, Ask((Line(dialogue.language, key), *_question(dialogue)), many=dialogue.node is Node.ENTER)


def _question(dialogue: Dialogue) -> tuple[Line, ...]:
    """What is asked at this place of the menu."""
    language = dialogue.language
    match dialogue.node:
        case Node.MENU:
            return _menu(dialogue)
        case Node.ENTER:
            return (Line(language, "enter_waybill"),)
        case Node.CONFIRM:
            return (Line(language, "confirm_waybill", {"digits": spell(dialogue.digits or "")}),)
        case Node.ANSWERED:
            return _after_answer(dialogue)


def _menu(dialogue: Dialogue) -> tuple[Line, ...]:
    return Line(dialogue.language, "menu"), Line(OTHER_LANGUAGE[dialogue.language], "press_2_for_this_language")


def _after_answer(dialogue: Dialogue) -> tuple[Line, ...]:
    return (Line(dialogue.language, "after_answer"),)


def _calm(dialogue: Dialogue) -> Dialogue:
    return replace(dialogue, wrong=0, silent=0)


def spell(number: str) -> str:
    """A number so that it is read digit by digit, in groups of four: `1 2 3 4, 5 6`."""
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    return ", ".join(" ".join(group) for group in groups)
