"""Tables and every SQL statement of the case service.

Lock order, everywhere: customer, then cases by id, then work items, then interactions. Whoever needs a customer's lock
takes it before any of its cases' locks.
"""
