"""Twilio as this channel sees it: forms read, TwiML written, requests made."""
