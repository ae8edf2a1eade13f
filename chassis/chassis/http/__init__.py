"""What every HTTP endpoint stands on: problems, limits, health, idempotency, ETags, pages, event streams."""
