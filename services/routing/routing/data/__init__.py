"""Data that comes with routing."""
