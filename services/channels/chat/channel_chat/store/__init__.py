"""Tables of the chat channels and every SQL statement on them."""
