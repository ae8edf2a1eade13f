"""Where the documents are kept, and writing them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from contracts.catalogue import EVENT_TYPES
from contracts.examples import EXAMPLES
from posthouse.contract_documents.asyncapi import asyncapi_document
from posthouse.contract_documents.openapi import openapi_documents

ROOT = Path(__file__).resolve().parents[3] / "contracts"
SCHEMAS = "schemas"
EXAMPLES_FOLDER = "schemas/examples"
OPENAPI = "openapi"
ASYNCAPI = "asyncapi.yaml"
RELEASED = "released"


def documents() -> Iterator[tuple[str, str]]:
    """Every document by its path below the contracts folder, as the code says it should read."""
    for name, event in sorted(EVENT_TYPES.items()):
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:posthouse:event:{name}",
            "x-topic": event.topic,
            "x-key": event.key_field,
            **event.model_json_schema(),
        }
        yield f"{SCHEMAS}/{name}.json", _json(schema)
    for example in EXAMPLES:
        yield f"{EXAMPLES_FOLDER}/{example.event_type}/1.json", _json(example.model_dump(mode="json"))
    for service, document in sorted(openapi_documents().items()):
        yield f"{OPENAPI}/{service}.json", _json(document)
    yield ASYNCAPI, yaml.safe_dump(asyncapi_document(), allow_unicode=True, sort_keys=False, width=120)


def export(root: Path = ROOT) -> list[Path]:
    """Write what differs; remove documents of things that are gone, but never an example. Returns what was written."""
    wanted = dict(documents())
    written = []
    for name, text in wanted.items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(path)
    for folder in (SCHEMAS, OPENAPI):
        for path in (root / folder).glob("*.json"):
            if str(path.relative_to(root)) not in wanted:
                path.unlink()
    return written


def release(root: Path = ROOT) -> None:
    """Declare the present documents released: from now on they may only change compatibly."""
    shutil.rmtree(root / RELEASED, ignore_errors=True)
    for folder in (SCHEMAS, OPENAPI):
        shutil.copytree(root / folder, root / RELEASED / folder, ignore=shutil.ignore_patterns("examples"))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n"
