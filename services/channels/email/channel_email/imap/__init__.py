"""Reading mailboxes by IMAP."""
