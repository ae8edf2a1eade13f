"""What is new in a reply: quoted history taken away, in Chinese and English mail.

The rule when in doubt is to keep text: an agent can skip a quotation, but cannot answer a sentence that was cut.
Therefore forwarded mails stay whole (the forwarded text is the message), answers written between quoted lines stay with
them, and a mail that would be left empty stays as it is. The untrimmed text is stored beside the trimmed one anyway.
"""

import re

_LONGEST_HEADER = 3
_HEADER_CHARS = 400
_QUOTED = re.compile(r"\s{0,3}>")

_DATED = re.compile(r"\d{4}\s?[年/.\-]|\d{1,2}[:：]\d{2}|\d{1,2}\s?月|(?:19|20)\d{2}\b")
_ADDRESSED = re.compile(r"[^\s<>]@[^\s<>]")
_WROTE = re.compile(
    r"On\s.{4,380}\swrote\s?[:：]|.{0,380}[>\"”\s]\s?wrote(?:\s(?:on|at)\s.{4,80})?\s?[:：]|.{0,390}[写寫]道\s?[:：]",
    re.IGNORECASE,
)
_OPENER = re.compile(r"(?:on|at)\s|[在于於]", re.IGNORECASE)

_RULE = re.compile(r"[\s\-_=*—–~]{3,}")
_ORIGINAL = re.compile(
    r"[\-_=*—–\s]{3,}(?:original(?: message)?|原始邮件|原邮件|原始郵件|回复的?原邮件|reply message)[\-_=*—–\s]*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[\-_=*—–\s]{3,}(?:forwarded (?:message|by .{1,80})|转发的?(?:邮件|信息)|轉寄的?郵件|已转发的?邮件)[\-_=*—–\s]*"
    r"|begin forwarded message\s?[:：]|开始转发的邮件\s?[:：]",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|转发|轉寄|轉發)\s?[:：]", re.IGNORECASE)

_FIELDS = {
    "from": re.compile(r"(?:from|发件人|發件人|寄件者|寄件人)\s?[:：]", re.IGNORECASE),
    "date": re.compile(r"(?:sent|date|发送时间|发送日期|日期|时间|寄件日期|傳送時間|傳送日期)\s?[:：]", re.IGNORECASE),
    "to": re.compile(r"(?:to|收件人|收件者)\s?[:：]", re.IGNORECASE),
    "subject": re.compile(r"(?:subject|主题|主旨|主題|标题)\s?[:：]", re.IGNORECASE),
}
_BLOCK_LINES = 10

_MOBILE_SIGNATURE = re.compile(
    r"(?:sent from my .{1,40}|get outlook for (?:ios|android).{0,60}|发自我的.{1,30}|發自我的.{1,30}"
    r"|从我的.{1,20}发送|发自(?:qq|网易|foxmail|新浪).{0,20}|来自我的.{1,20})",
    re.IGNORECASE,
)


def trimmed(text: str, subject: str = "") -> str:
    """The new part of `text`. `subject` tells a forwarded mail; quoted lines start with `>`."""
    lines = [line.rstrip() for line in text.splitlines()]
    whole = "\n".join(lines).strip()
    if _FORWARD_SUBJECT.match(subject):
        return whole
    quoted = _quotation(lines)
    if quoted is None:
        return whole
    start, end = quoted
    if any(_FORWARDED.fullmatch(_bare(line)) for line in lines[: min(start + 3, len(lines))]):
        return whole
    before, after = _without_rule(lines[:start]), lines[end:]
    if any(_QUOTED.match(line) for line in before + after):
        return whole  # answers between quoted passages make no sense without them
    kept = "\n".join([*_without_signature(before), *after]).strip()
    return re.sub(r"\n{3,}", "\n\n", kept) or whole


def _quotation(lines: list[str]) -> tuple[int, int] | None:
    """The quoted history as a range of lines; None when there is none for certain."""
    for index, line in enumerate(lines):
        bare = _bare(line)
        if not bare:
            continue
        if _QUOTED.match(line):
            if _bare(line) and (end := _end_of_quote(lines, index)) and _is_history(lines, index, end):
                return index, end
            continue
        if _ORIGINAL.fullmatch(bare) or _is_header_block(lines, index):
            return index, len(lines)
        length = _header_length(lines, index)
        if length:
            body = _next_text(lines, index + length)
            return index, _end_of_quote(lines, body) if body < len(lines) and _QUOTED.match(lines[body]) else len(lines)
    return None


def _bare(line: str) -> str:
    """The line without quote marks and the asterisks that HTML-to-text converters put for bold."""
    return line.lstrip("> \t").replace("*", "").strip()


def _next_text(lines: list[str], index: int) -> int:
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _end_of_quote(lines: list[str], index: int) -> int:
    """The first line after the quoted run starting at `index`; blank lines inside it belong to it."""
    end = index
    for position in range(index, len(lines)):
        if _QUOTED.match(lines[position]):
            end = position + 1
        elif lines[position].strip():
            break
    return end


def _is_history(lines: list[str], start: int, end: int) -> bool:
    """A quoted run without a header outside: history if it begins with its own, or closes the mail."""
    inner = [line.lstrip("> \t") for line in lines[start : start + _LONGEST_HEADER]]
    if _header_length(inner, 0) or _is_header_block([line.lstrip("> \t") for line in lines[start:end]], 0):
        return True
    if _ORIGINAL.fullmatch(_bare(lines[start])) or _FORWARDED.fullmatch(_bare(lines[start])):
        return True
    return end - start >= 2 and _next_text(lines, end) == len(lines)


def _header_length(lines: list[str], index: int) -> int:
    """How many lines a "… wrote:" header takes here (clients wrap it); 0 when there is none.

    It must carry a date or an address: people also write "the courier wrote:" in their own words. A first line that
    could be the writer's own, above a header that is complete without it, is not part of it.
    """
    parts: list[str] = []
    for line in lines[index : index + _LONGEST_HEADER]:
        part = line.strip().replace("*", "")
        if not part or (parts and part.startswith(">")):
            return 0
        parts.append(part)
        if not _is_wrote(" ".join(parts)):
            continue
        begins = len(parts) == 1 or _OPENER.match(parts[0]) or _DATED.search(parts[0]) or _ADDRESSED.search(parts[0])
        rests = (" ".join(parts[start:]) for start in range(1, len(parts)))
        return len(parts) if begins and not any(map(_is_whole_header, rests)) else 0
    return 0


def _is_wrote(text: str) -> bool:
    if len(text) > _HEADER_CHARS or not _WROTE.fullmatch(text):
        return False
    return bool(_DATED.search(text) or _ADDRESSED.search(text))


def _is_whole_header(text: str) -> bool:
    """A header that lacks nothing: date and address, or date after the usual opening word."""
    return _is_wrote(text) and bool(_DATED.search(text) and (_ADDRESSED.search(text) or _OPENER.match(text)))


def _is_header_block(lines: list[str], index: int) -> bool:
    """An Outlook or Foxmail block: From, then Subject and at least one of Sent and To.

    The subject is required because customers list "From: Shanghai / To: Berlin" for a parcel.
    """
    if not _FIELDS["from"].match(_bare(lines[index])):
        return False
    block = [_bare(line) for line in lines[index : index + _BLOCK_LINES]]
    found = {name for name, pattern in _FIELDS.items() if any(pattern.match(line) for line in block)}
    return "subject" in found and len(found) >= 3


def _without_rule(lines: list[str]) -> list[str]:
    """Lines without trailing blanks and the ruler some clients draw above the history."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or _RULE.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    """Lines without the advertising signature of a mail app; a person's own signature stays."""
    kept = _without_rule(lines)
    if len(kept) > 1 and _MOBILE_SIGNATURE.fullmatch(_bare(kept[-1])):
        return _without_rule(kept[:-1])
    return lines
