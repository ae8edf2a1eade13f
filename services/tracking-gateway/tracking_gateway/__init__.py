"""The tracking gateway: parcel facts from every carrier, normalised on four axes, each traceable to a raw event."""
