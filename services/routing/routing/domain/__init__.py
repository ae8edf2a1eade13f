"""The routing engine: commands in, decisions out. No I/O, no clock of its own; instants are passed in."""
