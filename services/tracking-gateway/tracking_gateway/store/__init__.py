"""Tables of the tracking gateway and every SQL statement."""
