"""A stand-in for the services, for developing and testing the pages: the same paths and shapes, kept in memory.

`world` holds what exists and what the tests make happen, the other modules are the APIs of one service each.
"""
