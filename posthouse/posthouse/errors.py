"""What goes wrong at the terminal."""


class CommandError(Exception):
    """Something the person at the terminal can fix; the message says how."""
