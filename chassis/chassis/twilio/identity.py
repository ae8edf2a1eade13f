"""Agents as Twilio clients."""

import re

_PLAIN = re.compile(r"[A-Za-z0-9]")


def client_of(agent_id: str) -> str:
    """The address of an agent's phone; different agents never share one.

    Identities hold letters, digits and `_`; everything but letters and digits becomes `_` and its bytes in hexadecimal.
    """
    identity = "".join(
        character if _PLAIN.fullmatch(character) else "".join(f"_{byte:02x}" for byte in character.encode())
        for character in agent_id
    )
    return f"client:{identity}"
