"""Thresholds as data: each service declares its own with default, unit and source; operators override them."""

import os
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict

ENVIRONMENT_FILE = "POSTHOUSE_PARAMETERS_FILE"


class ParameterSet(BaseModel):
    """Base of a service's parameters. `version` counts changes of meaning or default.

    `load` reads overrides from the YAML file that `POSTHOUSE_PARAMETERS_FILE` names: a mapping of class name to values.
    An unknown name there is refused, because a misspelt threshold would silently keep its default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1

    @classmethod
    def load(cls) -> Self:
        """The defaults, with the operator's overrides."""
        path = os.environ.get(ENVIRONMENT_FILE)
        if not path:
            return cls()
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            overrides = yaml.safe_load(file) or {}
        return cls(**overrides.get(cls.__name__, {}))
