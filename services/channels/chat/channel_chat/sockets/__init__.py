"""The WebSocket of a visitor: what it is sent, what it may say, when it is cut."""
