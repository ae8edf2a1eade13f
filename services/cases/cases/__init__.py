"""Cases: one customer, one case, one timeline, and the procedure that the case follows."""
