"""Spoken numbers: "七七三 零幺二" and "seven seven three oh one double two" become digits."""

import re

_ZH = {"零": "0", "〇": "0", "一": "1", "幺": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6"}
_ZH |= {"七": "7", "拐": "7", "八": "8", "九": "9", "勾": "9", "洞": "0"}
_EN = {"zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_EN |= {"seven": "7", "eight": "8", "nine": "9"}
_TIMES = {"double": 2, "triple": 3}

_MIN_SPOKEN = 5
"""Fewer digits in a row are ordinary words ("一二三", "one or two"), not part of a waybill number."""

# "…七九一直没有": who spells a number and goes on with 一直, 一个, 两天 does not mean one more digit.
_ZH_DIGIT = f"(?:(?!一[直下个次件天共样些般定起点]|[两二三四五六七八九][个次件天周])[{''.join(_ZH)}])"
_ZH_RUN = re.compile(f"{_ZH_DIGIT}(?:[ 、,-]?{_ZH_DIGIT}){{{_MIN_SPOKEN - 1},}}")
_EN_WORD = rf"(?:{'|'.join(_EN)}|{'|'.join(_TIMES)})"
# Letters are spoken one by one before or between the digits: "one Z nine nine", "S F one two".
_EN_RUN = re.compile(
    rf"(?<![A-Za-z])(?:[A-Za-z][ ,.-]+){{0,3}}{_EN_WORD}(?:[ ,.-]+(?:{_EN_WORD}|[A-Za-z](?![A-Za-z])))+(?![A-Za-z])",
    re.IGNORECASE,
)


def digits_from_speech(text: str) -> str:
    """The text with spoken digit runs written as digits; everything else is left as it was."""
    return _EN_RUN.sub(_english, _ZH_RUN.sub(_chinese, text))


def _chinese(run: re.Match[str]) -> str:
    return "".join(_ZH.get(char, "") for char in run[0])


def _english(run: re.Match[str]) -> str:
    out: list[str] = []
    times = 1
    for word in re.split(r"[ ,.-]+", run[0].lower()):
        if word in _TIMES:
            times = _TIMES[word]
        elif word:
            out.append(_EN.get(word, word) * times)
            times = 1
    written = "".join(out)
    return written.upper() if sum(char.isdigit() for char in written) >= _MIN_SPOKEN else run[0]
