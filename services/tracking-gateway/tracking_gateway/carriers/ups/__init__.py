"""UPS Tracking API."""
