"""What a mail is and where it belongs: pure functions over bytes and values, no I/O, no clock of its own."""
