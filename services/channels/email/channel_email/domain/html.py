"""HTML of a mail: made safe to show, and turned into text that knows what was quoted."""

import re

import nh3

from channel_email.domain.htmltext import MARKERS, text_of
from channel_email.domain.mail import Limits

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_SELF_CLOSING = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup"})
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
"""Elements that the HTML parsing algorithm opens again in the next block when they were not closed."""

_TAGS = (nh3.ALLOWED_TAGS | {"font", "tfoot"}) - {"map", "area"}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": {"style", "dir", "lang", "title"},
    "font": {"color", "face", "size"},
}
_STYLES = frozenset(
    {
        "color", "background-color", "font-family", "font-size", "font-style", "font-weight", "line-height",
        "text-align", "text-decoration", "vertical-align", "white-space", "border", "border-color", "border-style",
        "border-width", "border-collapse", "border-spacing", "margin", "margin-top", "margin-right", "margin-bottom",
        "margin-left", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "width",
        "max-width", "height",
    }
)  # fmt: skip
"""Properties that only change how text looks. None of them loads anything or leaves the element's place."""

_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "cid"})
_MARKED = {"*": {"class", "id", "type", "name", "style"}}


class TooMuchHtml(ValueError):
    """The HTML is too long, nested, tangled or full of links to be processed in reasonable time and memory."""


def check(html: str, limits: Limits) -> None:
    """Raise `TooMuchHtml` for input beyond the limits.

    Sanitising takes quadratic time in the nesting depth, and a parser repeats every formatting element that was left
    open in each following block: 40 kB of `<font>` and `<p>` become 34 MB. Both are foreseen here in one pass.
    """
    if len(html) > limits.html_chars:
        raise TooMuchHtml("html_too_long")
    level = formatting = elements = links = 0
    for match in _TAG.finditer(html):
        closes, tag = bool(match[1]), match[2].lower()
        step = -1 if closes else 1
        links += tag == "a" and not closes
        elements += 1
        if tag in _FORMATTING:
            formatting = max(formatting + step, 0)
        else:
            elements += formatting
        if tag not in _VOID and tag not in _SELF_CLOSING:
            level = max(level + step, 0)
        if level > limits.html_depth:
            raise TooMuchHtml("html_too_deep")
        if elements > limits.html_elements:
            raise TooMuchHtml("html_too_tangled")
        if links > limits.links:
            raise TooMuchHtml("too_many_links")


def sanitised(html: str) -> str:
    """HTML that is safe to show: no scripts, forms or styles that act, and no image that calls home.

    Images inside the mail (`cid:`) stay; a remote image loses its address, because loading it tells the sender that
    and where the mail was read. Links open without a referrer. Call `check` first.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_without_remote_images,
        url_schemes=set(_SCHEMES),
        filter_style_properties=set(_STYLES),
        link_rel="noopener noreferrer nofollow",
        url_relative="deny",
        clean_content_tags={"script", "style", "title"},
    )


def _without_remote_images(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src" and not value.strip().lower().startswith("cid:"):
        return None
    return None if attribute == "style" and "url(" in value.lower() else value


def to_text(html: str) -> str:
    """The text of the HTML; lines that a mail client marked as quoted start with `> `. Call `check` first."""
    tidy = nh3.clean(
        html,
        tags=set(_TAGS) | MARKERS,
        clean_content_tags={"script", "style", "title"},
        attributes=_MARKED,
        generic_attribute_prefixes={"data-"},
        link_rel=None,
    )
    return text_of(tidy)
