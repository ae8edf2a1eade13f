"""Tables of the email channel and every SQL statement on them."""
