"""Files: where they are kept, what they really are, and whether they may be opened."""
