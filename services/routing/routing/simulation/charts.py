"""Small charts as SVG text: lines, steps and bars on one plain grid. No scripts, no fonts of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#2f6fde", "#e07b39", "#2f9e6e", "#a64ac9", "#c4383f", "#7a7f87")
_INK, _GRID, _FAINT = "#24292f", "#e4e7eb", "#6b7280"
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 58, 44
_FONT = "font-family=\"system-ui, 'Noto Sans CJK SC', sans-serif\""


@dataclass(frozen=True)
class Line:
    """A named line through points; `steps` keeps each height until the next point, `dashed` marks a reference."""

    name: str
    points: Sequence[tuple[float, float]]
    steps: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar with the half width of its interval, in the colour of its series."""

    label: str
    series: str
    value: float
    half_width: float = 0.0


def lines(
    title: str,
    series: Sequence[Line],
    *,
    across: str,
    up: str,
    width: int = 720,
    height: int = 300,
    percent: bool = False,
    top: float | None = None,
) -> str:
    """A chart of lines over a common horizontal axis. `percent` labels the heights 0 to 1 as percentages."""
    points = [point for line in series for point in line.points]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    highest = top or max(max(y for _, y in points), 1e-9)
    frame = _Frame(width, height, left, right if right > left else left + 1, top or _round_up(highest))
    parts = [frame.axes(across, up, percent)]
    for index, line in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        path = _path(line, frame)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{dash}/>')
    return _document(title, width, height, [line.name for line in series], parts)


def bars(
    title: str, values: Sequence[Bar], *, up: str, width: int = 720, height: int = 300, percent: bool = False
) -> str:
    """Bars in groups, one group per label and one colour per series; whiskers show the intervals."""
    labels = list(dict.fromkeys(bar.label for bar in values))
    series = list(dict.fromkeys(bar.series for bar in values))
    highest = max((bar.value + bar.half_width for bar in values), default=1.0)
    frame = _Frame(width, height, 0, len(labels), _round_up(max(highest, 1e-9)))
    parts = [frame.axes("", up, percent, ticks=False)]
    thick = min(0.76 / len(series), 0.3)
    for bar in values:
        place = labels.index(bar.label) + 0.5 + (series.index(bar.series) - len(series) / 2) * thick
        x, end = frame.x(place), frame.x(place + thick)
        y, base = frame.y(bar.value), frame.y(0)
        colour = COLOURS[series.index(bar.series) % len(COLOURS)]
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{end - x - 2:.1f}" height="{base - y:.1f}" rx="2" '
            f'fill="{colour}"/>'
        )
        middle = (x + end) / 2
        if bar.half_width:
            low, high = frame.y(max(0.0, bar.value - bar.half_width)), frame.y(bar.value + bar.half_width)
            parts.append(f'<path d="M{middle:.1f} {low:.1f}V{high:.1f}" stroke="{_INK}" stroke-width="1.2"/>')
        shown = f"{bar.value:.0%}" if percent else f"{bar.value:.0f}"
        above = frame.y(bar.value + bar.half_width) - 5
        parts.append(_text(middle, above, shown, size=11, anchor="middle"))
    parts += [
        _text(frame.x(index + 0.5), height - _BOTTOM + 18, label, anchor="middle") for index, label in enumerate(labels)
    ]
    return _document(title, width, height, series, parts)


@dataclass(frozen=True)
class _Frame:
    width: int
    height: int
    left: float
    right: float
    top: float

    def x(self, value: float) -> float:
        return _LEFT + (value - self.left) / (self.right - self.left) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.height - _BOTTOM - min(value, self.top) / self.top * (self.height - _TOP - _BOTTOM)

    def axes(self, across: str, up: str, percent: bool, *, ticks: bool = True) -> str:
        parts = []
        label: Callable[[float], str] = (lambda value: f"{value:.0%}") if percent else _plain
        for index in range(5):
            value = self.top * index / 4
            y = self.y(value)
            parts.append(f'<path d="M{_LEFT} {y:.1f}H{self.width - _RIGHT}" stroke="{_GRID}"/>')
            parts.append(_text(_LEFT - 8, y + 4, label(value), anchor="end", colour=_FAINT))
        if ticks:
            for value in _ticks(self.left, self.right):
                parts.append(
                    _text(self.x(value), self.height - _BOTTOM + 18, _plain(value), anchor="middle", colour=_FAINT)
                )
        middle = (_LEFT + self.width - _RIGHT) / 2
        parts.append(_text(middle, self.height - 8, across, anchor="middle", colour=_FAINT))
        y = (_TOP + self.height - _BOTTOM) / 2
        parts.append(
            f'<g transform="rotate(-90 14 {y:.0f})">{_text(14, y + 4, up, anchor="middle", colour=_FAINT)}</g>'
        )
        return "".join(parts)


def _path(line: Line, frame: _Frame) -> str:
    found: list[str] = []
    last: float | None = None
    for x, y in line.points:
        if line.steps and last is not None:
            found.append(f"H{frame.x(x):.1f}")
        found.append(f"{'L' if found else 'M'}{frame.x(x):.1f} {frame.y(y):.1f}")
        last = x
    return "".join(found)


def _document(title: str, width: int, height: int, names: Sequence[str], parts: Sequence[str]) -> str:
    legend, x = [], float(_LEFT)
    for index, name in enumerate(names):
        colour = COLOURS[index % len(COLOURS)]
        legend.append(f'<rect x="{x:.0f}" y="34" width="12" height="12" rx="3" fill="{colour}"/>')
        legend.append(_text(x + 17, 44, name))
        x += 32 + 7.2 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in name)
    head = _text(_LEFT, 22, title, size=15, weight=600)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" {_FONT}>'
        f'<rect width="{width}" height="{height}" rx="8" fill="#fff"/>{head}{"".join(legend)}{"".join(parts)}</svg>\n'
    )


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", colour: str = _INK, weight: int = 400
) -> str:
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"{side}{bold}>{escape(text)}</text>'


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"


def _round_up(value: float) -> float:
    """The next number that reads well in quarters."""
    size = 1.0
    while size < value:
        size *= 10
    while size / 10 >= value:
        size /= 10
    return next(size * part for part in (0.12, 0.16, 0.2, 0.24, 0.32, 0.4, 0.6, 0.8, 1.0) if size * part >= value)


def _ticks(left: float, right: float) -> list[float]:
    span = right - left
    step = next(
        size * part
        for size in (0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000)
        for part in (1, 2, 3, 5)
        if span / (size * part) <= 9
    )
    first = int(left / step) * step
    found = []
    while first <= right + step * 1e-9:
        if first >= left - step * 1e-9:
            found.append(round(first, 9))
        first += step
    return found
