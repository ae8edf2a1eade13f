"""Tables of the SMS channel and every SQL statement on them."""
