"""The launcher: the only package that sees all services."""
