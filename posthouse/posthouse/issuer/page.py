"""The sign-in page. One self-contained document, in both languages, without scripts."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from posthouse.issuer.users import User

_ROLE_NAMES = {"agent": "坐席 · Agent", "supervisor": "班组长 · Supervisor", "admin": "管理员 · Administrator"}

_STYLE = """
:root { color-scheme: light dark; --ink: #14213d; --soft: #5b6785; --line: #d9dfec; --paper: #fff; --back: #f3f5fa;
  --accent: #0b6e4f; --warn: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf6; --soft: #9aa6c3; --line: #2c3650; --paper: #151c2e;
  --back: #0d1320; --accent: #36b58b; --warn: #ff8f8f; } }
* { box-sizing: border-box } body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans SC", sans-serif }
main { width: min(26rem, 92vw); background: var(--paper); border: 1px solid var(--line); border-radius: 14px;
  padding: 2rem; box-shadow: 0 12px 40px rgb(20 33 61 / .10) }
h1 { margin: 0; font-size: 1.5rem } p { margin: .3rem 0 1.4rem; color: var(--soft) }
.message { color: var(--warn); font-weight: 600 }
button { width: 100%; text-align: start; padding: .8rem 1rem; margin: 0 0 .6rem; border: 1px solid var(--line);
  border-radius: 10px; background: transparent; color: inherit; font: inherit; cursor: pointer }
button:hover, button:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent) }
button small { display: block; color: var(--soft) }
label { display: block; margin: 0 0 .9rem } input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit;
  border: 1px solid var(--line); border-radius: 8px; background: var(--back) }
button.primary { background: var(--accent); border-color: var(--accent); color: #fff; text-align: center;
  font-weight: 600 }
"""


def sign_in_page(users: Sequence[User], query: Mapping[str, str], *, demo: bool, message: str | None = None) -> str:
    """The document. In the demo each user is a button; otherwise it asks for name and password."""
    action = f"authorize?{urlencode(query)}"
    notice = f'<p class="message" role="alert">{escape(message)}</p>' if message else ""
    if demo and users:
        hint, fields = "选择一个演示用户 · Choose a demo user", "".join(_button(user) for user in users)
    elif users or not message:
        hint, fields = "登录 · Sign in", _FIELDS
    else:
        hint, fields = "无法登录 · Cannot sign in", ""
    form = f'<form method="post" action="{escape(action)}">{fields}</form>' if fields else ""
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>驿站 Posthouse</title>'
        f"<style>{_STYLE}</style><main><h1>驿站 Posthouse</h1><p>{hint}</p>{notice}{form}</main></html>"
    )


_FIELDS = (
    '<label>用户名 · User name<input name="user" autocomplete="username" required autofocus></label>'
    '<label>密码 · Password<input name="password" type="password" autocomplete="current-password" required></label>'
    '<button class="primary">登录 · Sign in</button>'
)


def _button(user: User) -> str:
    roles = " / ".join(_ROLE_NAMES.get(role, role) for role in user.roles)
    return f'<button name="user" value="{escape(user.id)}">{escape(user.name)}<small>{escape(roles)}</small></button>'
