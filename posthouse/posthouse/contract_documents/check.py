"""Checks of the contract documents."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from contracts.catalogue import EVENT_TYPES
from contracts.examples import EXAMPLES
from posthouse.contract_documents.compatibility import breaks
from posthouse.contract_documents.files import EXAMPLES_FOLDER, OPENAPI, RELEASED, ROOT, SCHEMAS, documents
from posthouse.contract_documents.openapi import openapi_breaks

_STATED = ("x-topic", "x-key")


def check(against: Path | None = None, *, root: Path = ROOT) -> list[str]:
    """Everything that is wrong, one sentence each: drift from the code, examples that no longer fit, broken consumers.

    `against` is an older contracts folder; by default the documents that were released last.
    """
    older = against or root / RELEASED
    return [*_drift(root), *_uncovered(), *_examples(root), *_broken_events(older, root), *_broken_apis(older, root)]


def _drift(root: Path) -> Iterator[str]:
    for name, text in documents():
        path = root / name
        if not path.exists():
            yield f"{name}: missing. Run `posthouse contracts export`."
        elif path.read_text() != text:
            yield f"{name}: differs from the code. Run `posthouse contracts export` and review the difference."


def _uncovered() -> Iterator[str]:
    for name in sorted(set(EVENT_TYPES) - {example.event_type for example in EXAMPLES}):
        yield f"{name}: has no example in contracts.examples"


def _examples(root: Path) -> Iterator[str]:
    """Every example ever published must still be readable by the code."""
    for path in sorted((root / EXAMPLES_FOLDER).glob("*/*.json")):
        event = EVENT_TYPES.get(path.parent.name)
        if event is None:
            yield f"{path.parent.name}: event type removed, but its examples exist"
            continue
        try:
            event.model_validate_json(path.read_bytes())
        except ValidationError as error:
            yield f"{path.parent.name}: example {path.name} can no longer be read: {error.errors()[0]['msg']}"


def _broken_events(older: Path, root: Path) -> Iterator[str]:
    for path in sorted((older / SCHEMAS).glob("*.json")):
        successor = root / SCHEMAS / path.name
        if not successor.exists():
            yield f"{path.stem}: event type removed; publish a new major version beside it instead"
            continue
        old, new = json.loads(path.read_text()), json.loads(successor.read_text())
        for stated in _STATED:
            if old.get(stated) != new.get(stated):
                yield f"{path.stem}: {stated[2:]} changed from {old.get(stated)} to {new.get(stated)}"
        for found in breaks(old, new):
            yield f"{path.stem} {found}"


def _broken_apis(older: Path, root: Path) -> Iterator[str]:
    for path in sorted((older / OPENAPI).glob("*.json")):
        successor = root / OPENAPI / path.name
        if not successor.exists():
            yield f"{path.stem}: API removed"
            continue
        for found in openapi_breaks(json.loads(path.read_text()), json.loads(successor.read_text())):
            yield f"{path.stem} API: {found}"
