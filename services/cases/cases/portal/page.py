"""The documents of the portal. Everything that comes from outside is escaped; the style is inline, under a nonce."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from contracts.values import Language

STYLE = """
:root { color-scheme: light dark; --ink: #14213d; --soft: #56627f; --line: #d7deeb; --paper: #fff; --back: #f1f4fa;
  --accent: #0b6e4f; --on-accent: #fff; --warn: #a4262c; --tint: #eaf4f0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf6; --soft: #a3aecb; --line: #2d3854; --paper: #161e31;
  --back: #0d1320; --accent: #3fc091; --on-accent: #06281c; --warn: #ff9c9c; --tint: #12312a; } }
* { box-sizing: border-box } html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--back); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.6 system-ui, "PingFang SC", "Noto Sans SC", "Microsoft YaHei", sans-serif }
header { display: flex; justify-content: space-between; align-items: center; gap: 1rem; max-width: 46rem;
  margin: 0 auto; padding: 1rem 1.25rem }
header strong { font-size: 1.05rem; letter-spacing: .02em } header a { color: var(--soft); white-space: nowrap;
  padding: .5rem; margin: -.5rem }
main { max-width: 46rem; margin: 0 auto 3rem; padding: 0 1.25rem }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 1.4rem;
  margin: 0 0 1rem; box-shadow: 0 8px 30px rgb(20 33 61 / .06) }
h1 { margin: .1rem 0 .2rem; font-size: 1.35rem; line-height: 1.35 } h2 { margin: 0 0 .7rem; font-size: 1.05rem }
.ref { color: var(--soft); margin: 0; font-variant-numeric: tabular-nums }
.task { white-space: pre-wrap; margin: 1rem 0 0; padding: .9rem 1rem; background: var(--back); border-radius: 10px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 1rem 0 0 }
dt { color: var(--soft) } dd { margin: 0; font-variant-numeric: tabular-nums }
.state { display: inline-block; padding: .15rem .7rem; border-radius: 99px; font-size: .85rem; font-weight: 600;
  background: var(--tint); color: var(--accent) } .state.late { background: transparent; color: var(--warn);
  border: 1px solid currentColor }
label { display: block; margin: 0 0 1rem; font-weight: 600 } label small { display: block; font-weight: 400;
  color: var(--soft) }
textarea, input, select { display: block; width: 100%; margin-top: .3rem; padding: .65rem .75rem; font: inherit;
  font-weight: 400; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 10px }
textarea { min-height: 8rem; resize: vertical }
textarea:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible,
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button { width: 100%; min-height: 3rem; padding: .7rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer;
  border-radius: 10px; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent) }
button.second { background: transparent; color: var(--accent) }
button.refuse { background: transparent; color: var(--warn); border-color: currentColor }
details summary { cursor: pointer; color: var(--soft); padding: .4rem 0 } details[open] summary { margin: 0 0 .8rem }
.problem { border-color: var(--warn) } .problem p { color: var(--warn); font-weight: 600; margin: 0 }
footer { color: var(--soft); font-size: .85rem; text-align: center; padding: 0 1.25rem 2rem }
@media (min-width: 34rem) { button { width: auto } }
"""

Text = Callable[..., str]


@dataclass(frozen=True)
class Input:
    """A field of the step that the department may fill in; `options` are values with their names."""

    name: str
    label: str
    long: bool = False
    lines: bool = False
    options: Sequence[tuple[str, str]] = ()
    value: str = ""


@dataclass(frozen=True)
class TaskPage:
    """What the page of a task shows."""

    department: str
    ref: str
    step: str
    task: str
    state: str
    facts: Sequence[tuple[str, str]]
    late: bool
    open: bool
    acknowledged: bool
    form_token: str
    inputs: Sequence[Input] = ()
    answer: str = ""
    problem: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


def task_page(page: TaskPage, text: Text, language: Language, nonce: str) -> str:
    """The page of one task: what is asked, until when, and the forms while it is open."""
    state = f'<span class="state{" late" if page.late else ""}">{escape(page.state)}</span>'
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in page.facts)
    body = (
        f'<section class="card"><p class="ref">{escape(page.department)} · {escape(page.ref)}</p>'
        f"<h1>{escape(page.step)}</h1>{state}"
        f'<p class="task">{escape(page.task)}</p><dl>{facts}</dl></section>'
    )
    if page.problem:
        body += f'<section class="card problem" role="alert"><p>{escape(page.problem)}</p></section>'
    body += _forms(page, text) if page.open else _settled(page, text)
    return _document(text("portal.title", ref=page.ref), body, text, language, nonce)


def message_page(title: str, words: str, text: Text, language: Language, nonce: str) -> str:
    """A page that only says something: a link that is wrong, expired or replaced."""
    body = f'<section class="card"><h1>{escape(title)}</h1><p>{escape(words)}</p></section>'
    return _document(title, body, text, language, nonce)


def _forms(page: TaskPage, text: Text) -> str:
    token = f'<input type="hidden" name="form" value="{escape(page.form_token)}">'
    acknowledge = (
        ""
        if page.acknowledged
        else (
            f'<form class="card" method="post"><h2>{escape(text("portal.acknowledge.title"))}</h2>{token}'
            f'<button class="second" name="action" value="acknowledge">{escape(text("portal.acknowledge"))}</button>'
            "</form>"
        )
    )
    inputs = "".join(_input(item, text) for item in page.inputs)
    answer = (
        '<form class="card" method="post" enctype="multipart/form-data">'
        f"<h2>{escape(text('portal.answer.title'))}</h2>{token}"
        f"<label>{escape(text('portal.answer.label'))}"
        f'<textarea name="answer" required maxlength="5000">{escape(page.given.get("answer", ""))}</textarea></label>'
        f"{inputs}<label>{escape(text('portal.files'))}<small>{escape(text('portal.files.hint'))}</small>"
        '<input type="file" name="file" multiple></label>'
        f'<button name="action" value="answer">{escape(text("portal.answer"))}</button></form>'
    )
    refuse = (
        f'<form class="card" method="post"><details{" open" if page.given.get("action") == "refuse" else ""}>'
        f"<summary>{escape(text('portal.refuse.title'))}</summary>{token}"
        f"<label>{escape(text('portal.refuse.label'))}"
        f'<input name="reason" required maxlength="500" value="{escape(page.given.get("reason", ""))}"></label>'
        f'<button class="refuse" name="action" value="refuse">{escape(text("portal.refuse"))}</button>'
        "</details></form>"
    )
    return acknowledge + answer + refuse


def _settled(page: TaskPage, text: Text) -> str:
    said = f'<p class="task">{escape(page.answer)}</p>' if page.answer else ""
    return f'<section class="card" role="status"><h2>{escape(text("portal.settled"))}</h2>{said}</section>'


def _input(item: Input, text: Text) -> str:
    name = f'name="f.{escape(item.name)}"'
    if item.options:
        chosen = "".join(
            f'<option value="{escape(value)}"{" selected" if value == item.value else ""}>{escape(label)}</option>'
            for value, label in item.options
        )
        control = f'<select {name}><option value=""></option>{chosen}</select>'
    elif item.long:
        control = f'<textarea {name} maxlength="5000">{escape(item.value)}</textarea>'
    else:
        control = f'<input {name} maxlength="500" value="{escape(item.value)}">'
    hint = text("portal.optional.lines" if item.lines else "portal.optional")
    return f"<label>{escape(item.label)}<small>{escape(hint)}</small>{control}</label>"


def _document(title: str, body: str, text: Text, language: Language, nonce: str) -> str:
    other = Language.EN if language is Language.ZH_CN else Language.ZH_CN
    name = "English" if other is Language.EN else "中文"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style nonce="{nonce}">{STYLE}</style>'
        f"<body><header><strong>{escape(text('portal.brand'))}</strong>"
        f'<a href="?lang={other}" lang="{other}" hreflang="{other}">{name}</a></header><main>{body}</main>'
        f"<footer>{escape(text('portal.footer'))}</footer></body></html>"
    )
