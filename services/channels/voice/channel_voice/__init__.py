"""The voice channel: calls arrive, are answered by keypad or by a person, and end."""
