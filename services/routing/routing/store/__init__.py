"""Tables of routing and every SQL statement on them."""
