"""How far a visitor has received and read the conversation. The marks only move up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """Everything up to `received` reached a device of the visitor, everything up to `read` was seen."""

    received: int = 0
    read: int = 0

    def moved(self, *, received: int, read: int, last_seq: int) -> "Marks":
        """The marks after a claim; what is claimed beyond `last_seq` does not exist, what is read was received."""
        new_read = max(self.read, min(read, last_seq))
        return Marks(max(self.received, min(received, last_seq), new_read), new_read)
