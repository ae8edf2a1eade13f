"""The queues an empty routing domain starts with."""

from importlib import resources
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from routing.domain.rules import QueueRules, conflicts


class BadQueues(ValueError):
    """The queue file cannot be used; the message says where and why."""


def first_queues(path: Path | None) -> list[QueueRules]:
    """The queues of the file (the packaged one if None)."""
    text = path.read_text("utf-8") if path else (resources.files("routing") / "data" / "queues.yaml").read_text("utf-8")
    name = str(path or "queues.yaml")
    try:
        queues = TypeAdapter(list[QueueRules]).validate_python(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise BadQueues(f"{name}: {error}") from error
    by_name = {queue.name: queue for queue in queues}
    if len(by_name) < len(queues):
        raise BadQueues(f"{name}: a queue occurs twice")
    if found := conflicts(by_name):
        raise BadQueues(f"{name}: " + "; ".join(f"{pointer}: {detail}" for pointer, detail in found))
    return queues
