"""The HTTP interface of the tracking gateway."""
