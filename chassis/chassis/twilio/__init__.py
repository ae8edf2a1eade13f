"""Twilio, as far as more than one channel needs it: webhook signatures, the REST client and their settings."""
