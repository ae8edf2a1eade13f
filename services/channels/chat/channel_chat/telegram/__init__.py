"""Telegram, behind the same conversations."""
