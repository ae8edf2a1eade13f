"""SF Express (顺丰) open platform: incremental route pushes, and route queries."""
