"""AfterShip Tracking: webhooks with a parcel's checkpoints, and queries by number."""
