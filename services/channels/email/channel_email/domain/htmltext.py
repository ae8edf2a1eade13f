"""Well-formed HTML to text, with quoted passages marked as in plain mail (`> `)."""

import re
from html.parser import HTMLParser

MARKERS = {"includetail"}
"""Elements that only exist to mark a quotation (QQ Mail)."""

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption",
        "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "nav", "ol", "p", "pre",
        "section", "table", "tr", "ul", "includetail",
    }
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "ul", "ol"})
_VOID = frozenset({"br", "hr", "img", "wbr", "col"})

_QUOTE_CLASSES = frozenset(
    {
        "gmail_quote",
        "gmail_quote_container",
        "yahoo_quoted",
        "protonmail_quote",
        "zmail_extra",
        "moz-cite-prefix",
        "moz-forward-container",
        "ntes-mailmaster-quote",
        "xmail_original",
        "xm_history_mail",
        "qm_qt_mail",
    }
)
_QUOTE_IDS = frozenset({"isreplycontent", "mailmaster-quote", "replycontent", "original-content"})
_REST_IDS = frozenset({"divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "x_appendonsend", "mail-editor-reference"})
"""Ids after which everything to the end of the mail is quoted (Outlook on the web)."""

_SPACE = re.compile(r"[ \t\r\n\f\v]+")


def text_of(html: str) -> str:
    """The text of well-formed HTML. Quoted lines start with one `> `, however deep the quotation is."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool, str]] = []
        self._quotes = 0
        self._rest_quoted = False
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._break(paragraph=tag in _PARAGRAPHS)
        if values.get("id", "").lower() in _REST_IDS:
            self._rest_quoted = True
        if tag == "br":
            self._end_line()
        elif tag == "li":
            self._line.append("- ")
        elif tag == "img" and values.get("alt", "").strip():
            self._line.append(f"[{_SPACE.sub(' ', values['alt']).strip()}]")
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        if tag in _VOID:
            return
        quotes = _is_quote(tag, values)
        self._quotes += quotes
        self._pre += tag == "pre"
        self._open.append((tag, quotes, values.get("href", "")))

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _, _ in self._open):
            return
        while self._open:
            name, quotes, _ = self._open.pop()
            if name in _BLOCKS:
                self._break(paragraph=name in _PARAGRAPHS)
            self._quotes -= quotes
            self._pre -= name == "pre"
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._pre:
            first, *others = data.split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
            return
        text = _SPACE.sub(" ", data)
        if text != " " or self._line:
            self._line.append(text if self._line else text.lstrip(" "))

    def text(self) -> str:
        self._break()
        text = "\n".join(line.rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", text.replace("\xa0", " ")).strip("\n")

    def _break(self, *, paragraph: bool = False) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line = []
        if paragraph and self._lines and self._lines[-1]:
            self._lines.append("")

    def _end_line(self) -> None:
        line = "".join(self._line).replace("\u200b", "").rstrip()
        self._lines.append(f"> {line}".rstrip() if self._quotes or self._rest_quoted else line)
        self._line = []


def _is_quote(tag: str, values: dict[str, str]) -> bool:
    if tag == "includetail":
        return True
    if tag == "blockquote":
        # A writer may use <blockquote> for a passage of his own; mail clients always mark theirs.
        marked = values.get("type", "").lower() == "cite" or values.get("id") or values.get("class")
        return bool(marked) or "border-left" in values.get("style", "")
    if _QUOTE_CLASSES & set(values.get("class", "").lower().split()):
        return True
    return values.get("id", "").lower() in _QUOTE_IDS or values.get("data-marker", "") == "__QUOTED_TEXT__"
