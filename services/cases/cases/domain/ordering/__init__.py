"""Orders to ship something: what it costs, whether it may be sent, when it is picked up, how it goes on."""
