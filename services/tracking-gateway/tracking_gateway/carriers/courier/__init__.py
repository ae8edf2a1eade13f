"""The courier's own network: scans of branches, hubs, vehicles and couriers."""
