"""The key of visitors' tokens, when none is configured: made once, shared by all replicas."""

import secrets

from chassis.db import Tx


async def get_or_create(tx: Tx) -> str:
    """The key, 256 random bits."""
    await tx.fetch(
        "insert into token_key (id, secret, created_at) values (1, $1, $2) on conflict do nothing",
        secrets.token_urlsafe(32),
        tx.now,
    )
    (row,) = await tx.fetch("select secret from token_key where id = 1")
    return str(row["secret"])
