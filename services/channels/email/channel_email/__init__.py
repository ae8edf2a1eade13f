"""The email channel: mail in by LMTP, SMTP and IMAP, mail out by SMTP, attachments, threading.

It knows mailboxes, messages and interactions. It knows nothing of customers, cases or agents.
"""
