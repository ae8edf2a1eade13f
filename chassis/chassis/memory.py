"""The garbage collector, set up for a process that loads much once and then handles many small things."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (10_000, 20, 100)
"""Allocations before each generation is walked. Python's default of 700 walks a batch of events several times while it
is being decoded; reference counts free nearly all of it without any walk."""


@contextmanager
def settled() -> Iterator[None]:
    """Within the block, what is loaded by now is never walked again: under load that alone costs 120 ms a second."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
