"""The procedures the service runs: versioned YAML beside this file, checked when loaded.

A file `<procedure>.<version>.yaml` is never changed once cases have run on it; a change is a new version, and running
cases keep the version they began with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from cases.domain.calendar import BusinessCalendar
from cases.domain.checks import Finding
from cases.domain.checks import check as check_one
from cases.domain.dictionary import Dictionary
from cases.domain.draw import mermaid
from cases.domain.engine import Engine
from cases.domain.procedure import Procedure


class UnknownProcedure(KeyError):
    """There is no such procedure, or not in that version."""

    def __init__(self, procedure: str, version: int | None) -> None:
        super().__init__(f"{procedure}.{version}" if version else procedure)
        self.procedure, self.version = procedure, version


class _StrictLoader(yaml.SafeLoader):
    """Refuses what is nearly always a slip: a key given twice, or a key without a value."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        value = loader.construct_object(value_node, deep=True)
        if key in found or value is None:
            line = key_node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: {key!r} {'is given twice' if key in found else 'has no value'}")
        found[key] = value
    return found


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Library:
    """All procedures in all versions, with the dictionary they are written in and the calendar they count with."""

    dictionary: Dictionary
    procedures: Mapping[tuple[str, int], Procedure]
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)

    def engine(self, procedure: str, version: int | None = None) -> Engine:
        """The engine of a procedure; the newest version unless one is given. Raises `UnknownProcedure`."""
        chosen = self.newest(procedure) if version is None else version
        found = self.procedures.get((procedure, chosen))
        if found is None:
            raise UnknownProcedure(procedure, version)
        return Engine(found, self.dictionary, self.calendar)

    def newest(self, procedure: str) -> int:
        """The highest version of a procedure; 0 if there is none."""
        return max((version for name, version in self.procedures if name == procedure), default=0)

    def ids(self) -> list[str]:
        """The names of all procedures."""
        return sorted({name for name, _ in self.procedures})

    def findings(self) -> list[Finding]:
        """The errors of all procedures."""
        ids = self.ids()
        return [f for procedure in self.procedures.values() for f in check_one(procedure, self.dictionary, ids)]


def load(calendar: BusinessCalendar | None = None) -> Library:
    """Read all procedures. Raises `ValueError` listing every error if one of them cannot run."""
    library = _packaged()
    return library if calendar is None else Library(library.dictionary, library.procedures, calendar)


@cache
def _packaged() -> Library:
    library = read(resources.files(__name__))
    findings = library.findings()
    if findings:
        raise ValueError("; ".join(f"{where}: {what}" for where, what in findings))
    return library


def read(folder: Traversable) -> Library:
    """The dictionary and procedures of a folder, not checked beyond their form."""
    dictionary = Dictionary.model_validate(_yaml(folder / "dictionary.yaml"))
    found: dict[tuple[str, int], Procedure] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = file.name.removesuffix(".yaml")
        if name == file.name or name == "dictionary":
            continue
        procedure = Procedure.model_validate(_yaml(file))
        if name != f"{procedure.id}.{procedure.version}":
            raise ValueError(f"{file.name} holds {procedure.id} version {procedure.version}")
        found[procedure.id, procedure.version] = procedure
    return Library(dictionary, found)


def _yaml(file: Traversable) -> Any:
    return yaml.load(file.read_text("utf-8"), _StrictLoader)  # noqa: S506  (a SafeLoader)


def check() -> list[str]:
    """Check every packaged procedure; each error as one line. Empty: all can run."""
    return [f"{where}: {what}" for where, what in read(resources.files(__name__)).findings()]


def draw_mermaid(procedure: str, version: int | None = None, language: str = "zh-CN") -> str:
    """A procedure as a Mermaid diagram. Raises `UnknownProcedure`."""
    library = read(resources.files(__name__))
    return mermaid(library.engine(procedure, version).procedure, library.dictionary, language)
