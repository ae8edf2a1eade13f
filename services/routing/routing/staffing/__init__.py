"""How many agents a load needs: queueing formulas, and staffing per interval on top of them. Pure, no I/O."""
