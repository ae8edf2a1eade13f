"""Who can sign in at the local issuer, and what each role may do."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

AGENT_SCOPES = (
    "cases:read",
    "cases:write",
    "routing:agent",
    "routing:read",
    "tracking:read",
    "tracking:correct",
    "insights:read",
    "chat:agent",
    "voice:agent",
    "email:read",
    "orders:take",
    "knowledge:read",
)
SUPERVISOR_SCOPES = (
    *AGENT_SCOPES,
    "cases:admin",
    "cases:events",
    "routing:admin",
    "personal:read",
    "audit:read",
    "knowledge:write",
    "knowledge:publish",
)
ADMIN_SCOPES = (
    *SUPERVISOR_SCOPES,
    "orders:place",
    "orders:fulfil",
    "orders:subscribe",
    "dispatch:reply",
    "tracking:write",
    "tracking:subscribe",
    "tracking:public",
    *(f"{service}:admin" for service in ("voice", "sms", "email", "chat", "tracking-gateway", "insights")),
)
ROLE_SCOPES: Mapping[str, tuple[str, ...]] = {
    "agent": AGENT_SCOPES,
    "supervisor": SUPERVISOR_SCOPES,
    "admin": ADMIN_SCOPES,
}

# RFC 7914 section 2: N=2^15, r=8, p=1 is the interactive-login strength its authors give.
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}


@dataclass(frozen=True)
class User:
    """Somebody who can sign in. Without a password hash only the demo accepts the user, by a click."""

    id: str
    name: str
    roles: tuple[str, ...]
    password_hash: str | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the user's roles may do."""
        return tuple(sorted({scope for role in self.roles for scope in ROLE_SCOPES.get(role, ())}))

    def accepts(self, password: str) -> bool:
        """Whether this is the user's password (constant-time compare)."""
        if self.password_hash is None:
            return False
        salt, _, stored = self.password_hash.partition("$")
        return hmac.compare_digest(_digest(password, base64.b64decode(salt)), base64.b64decode(stored))


DEMO_USERS = (
    User("li.na", "李娜 Li Na", ("agent",)),
    User("wang.wei", "王伟 Wang Wei", ("agent",)),
    User("chen.jing", "陈静 Chen Jing", ("supervisor",)),
    User("sun.lei", "孙磊 Sun Lei", ("supervisor", "approver", "back_office")),
    User("admin", "管理员 Admin", ("admin",)),
)


def hash_password(password: str) -> str:
    """A salted scrypt hash, as kept in the users file."""
    salt = os.urandom(16)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(_digest(password, salt)).decode()}"


def load_users(path: Path) -> tuple[User, ...]:
    """The users of the file, empty if there is none."""
    if not path.exists():
        return ()
    entries = yaml.safe_load(path.read_text()) or []
    return tuple(User(entry["id"], entry["name"], tuple(entry["roles"]), entry["password_hash"]) for entry in entries)


def save_users(path: Path, users: Iterable[User]) -> None:
    """Write the users file, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    entries = [
        {"id": user.id, "name": user.name, "roles": list(user.roles), "password_hash": user.password_hash}
        for user in users
    ]
    path.write_text(yaml.safe_dump(entries, allow_unicode=True))


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
