"""Use cases of orders: taking, amending, placing, cancelling, and following them to the recipient's door."""
