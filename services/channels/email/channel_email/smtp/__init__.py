"""SMTP and LMTP: the listeners that take mail in, and the relay that takes mail out."""
