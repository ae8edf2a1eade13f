"""17TRACK v2.4: pushes of a parcel's whole history, and queries of registered numbers."""
