"""The HTTP interface: authorise, validate, run one use case, shape the answer."""
