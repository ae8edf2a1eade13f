"""Use cases: each is one change within a transaction, with the events and stream entries that belong to it."""
