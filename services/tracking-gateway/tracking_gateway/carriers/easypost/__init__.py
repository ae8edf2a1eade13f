"""EasyPost: webhooks with a tracker's details, and queries by tracking code."""
