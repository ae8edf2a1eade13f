"""USPS Tracking API."""
