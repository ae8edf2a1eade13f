"""Data files: what the gateway knows that is not code. Each file has a version and says where its facts come from."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def load(name: str) -> Any:
    """The parsed content of `data/<name>.json`. Shared: callers do not change it."""
    return json.loads((files(__package__) / f"{name}.json").read_text("utf-8"))


@cache
def load_yaml(name: str) -> Any:
    """The parsed content of `data/<name>.yaml`. Shared: callers do not change it."""
    return yaml.safe_load((files(__package__) / f"{name}.yaml").read_text("utf-8"))
