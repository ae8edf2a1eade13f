"""Tables of the voice channel and every statement on them."""
