"""HTTP endpoints of the email channel."""
