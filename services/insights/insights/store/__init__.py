"""What was observed, and every SQL statement over it."""
