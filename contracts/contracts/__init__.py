"""What Posthouse services say to each other, and nothing else.

`contracts.event` defines the envelope, `contracts.catalogue` lists every topic and event type, and one module per
topic holds its payload classes. Nothing here performs I/O and nothing here imports another Posthouse package.
"""
