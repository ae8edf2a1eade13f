"""FedEx Track API."""
