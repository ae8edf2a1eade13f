"""Customers' mailboxes: takes the mail we send to anybody, and writes to us as a mail program would.

simulator = MailboxSimulator(MailboxSettings(), deliver_to=("127.0.0.1", 8024))
await simulator.start()
app.include_router(build_router(simulator))
"""

from posthouse.simulators.mailbox.api import build_router
from posthouse.simulators.mailbox.simulator import MailboxSettings, MailboxSimulator

__all__ = ["MailboxSettings", "MailboxSimulator", "build_router"]
