"""Agents as Twilio clients."""

import re

_PLAIN = re.compile(r"[A-Za-z0-9_]")


def client_of(agent_id: str) -> str:
    """The address of an agent's phone. Identities hold letters, digits and `_`; others become `_` and hexadecimal."""
    identity = "".join(
        character if _PLAIN.fullmatch(character) else "".join(f"_{byte:02x}" for byte in character.encode())
        for character in agent_id
    )
    return f"client:{identity}"
