"""Every service of the house: where its code is and under which prefix it is served."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from pydantic import ValidationError

from chassis.runtime import Runtime
from chassis.service import Service


class NotConfigured(Exception):
    """A service lacks settings; the message names them."""

    def __init__(self, service: str, error: ValidationError) -> None:
        prefix = f"POSTHOUSE_{service.replace('-', '_').upper()}_"
        names = [prefix + "_".join(str(part) for part in item["loc"]).upper() for item in error.errors()]
        super().__init__(f"{service} is not configured: set {', '.join(names)}")
        self.service = service


@dataclass(frozen=True)
class Entry:
    """A service that can be hosted. Its module is imported only when it is built."""

    name: str
    module: str
    prefix: str

    def build(self, runtime: Runtime) -> Service:
        """The service, not yet started; raises `NotConfigured` if its own settings are missing or wrong."""
        builder: Callable[[Runtime], Service] = import_module(self.module).build
        try:
            return builder(runtime)
        except ValidationError as error:
            raise NotConfigured(self.name, error) from error


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
