"""Endpoints of routing: authorise, validate, hand one command over, shape the answer."""
