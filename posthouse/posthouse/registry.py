"""Every service of the house: where its code is and under which prefix it is served."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from chassis.runtime import Runtime
from chassis.service import Service


@dataclass(frozen=True)
class Entry:
    """A service that can be hosted. Its module is imported only when it is built."""

    name: str
    module: str
    prefix: str

    def build(self, runtime: Runtime) -> Service:
        """The service, not yet started."""
        builder: Callable[[Runtime], Service] = import_module(self.module).build
        return builder(runtime)


# Consumers come up before producers: cases knows the customers before a channel speaks of them.
SERVICES = (
    Entry("insights", "insights.app", "/insights"),
    Entry("routing", "routing.app", "/routing"),
    Entry("cases", "cases.app", "/cases"),
    Entry("tracking-gateway", "tracking_gateway.app", "/tracking"),
    Entry("voice", "channel_voice.app", "/voice"),
    Entry("sms", "channel_sms.app", "/sms"),
    Entry("email", "channel_email.app", "/email"),
    Entry("chat", "channel_chat.app", "/chat"),
)

BY_NAME = {entry.name: entry for entry in SERVICES}
