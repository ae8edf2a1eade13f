"""What the chat channels serve: sessions, messages and the socket of visitors, typing for the desk, Telegram."""
