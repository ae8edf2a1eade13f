"""Routing: decides who does which work.

`domain/` is the engine: pure, in memory, one instance per routing domain. `writer/` owns it: one process at a time
holds a domain, applies commands in batches and commits their effects with the domain's fencing epoch. `api/` and
`handlers.py` only hand commands over and read what was committed.
"""
