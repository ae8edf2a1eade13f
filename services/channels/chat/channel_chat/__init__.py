"""The chat channels: web chat (PROTOCOL.md) and Telegram.

Both keep conversations: everything one visitor or Telegram chat and the centre ever said, numbered without gaps. They
know nothing of customers, cases or agents.
"""
