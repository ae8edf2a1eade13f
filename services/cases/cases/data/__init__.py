"""Data the service decides with: words that hint at what a contact is about."""
