"""The contract documents are in step with the code, and the check notices when they are not."""

import json
import shutil
from pathlib import Path

import pytest

from contracts.catalogue import EVENT_TYPES
from posthouse.contract_documents import check, export, release
from posthouse.contract_documents.files import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the documents to spoil."""
    folder = tmp_path / "contracts"
    for part in ("schemas", "openapi", "released"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "asyncapi.yaml", folder / "asyncapi.yaml")
    return folder


def edit(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_documents_are_in_order() -> None:
    assert check() == []


def test_every_event_type_has_schema_and_example() -> None:
    for name in EVENT_TYPES:
        assert (ROOT / "schemas" / f"{name}.json").exists()
        assert list((ROOT / "schemas" / "examples" / name).glob("*.json")), name


def test_drift_is_found(copy: Path) -> None:
    edit(copy / "schemas" / "posthouse.case.opened.v1.json", lambda d: d["properties"].pop("waybill_no"))
    edit(copy / "openapi" / "cases.json", lambda d: d["paths"].pop("/v1/cases"))
    (copy / "asyncapi.yaml").unlink()
    found = check(root=copy)
    assert [finding.split(":")[0] for finding in found if "export" in finding] == [
        "schemas/posthouse.case.opened.v1.json",
        "openapi/cases.json",
        "asyncapi.yaml",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["properties"].update(gone={"type": "string"}), "#/gone: field removed"),
        (lambda d: d["required"].remove("case_id"), "#/case_id: became required"),
        (lambda d: d["properties"]["step"].pop("type"), "#/step: type narrowed"),
        (lambda d: d.update({"x-topic": "elsewhere"}), "topic changed"),
    ],
)
def test_changes_that_break_a_consumer_are_found(copy: Path, change, expected: str) -> None:  # type: ignore[no-untyped-def]
    """The released document is altered so that the present code is the breaking change."""
    name = "posthouse.case.step.completed.v1"
    edit(copy / "released" / "schemas" / f"{name}.json", change)
    assert any(expected in finding for finding in check(root=copy)), check(root=copy)


def test_a_removed_event_type_and_a_removed_operation_are_found(copy: Path) -> None:
    schemas = copy / "released" / "schemas"
    shutil.copy(schemas / "posthouse.case.opened.v1.json", schemas / "posthouse.case.vanished.v1.json")
    edit(
        copy / "released" / "openapi" / "cases.json",
        lambda d: d["paths"].update({"/v1/vanished": {"get": {"responses": {"200": {}}}}}),
    )
    found = check(root=copy)
    assert any("posthouse.case.vanished.v1: event type removed" in finding for finding in found)
    assert any("GET /v1/vanished: operation removed" in finding for finding in found)


def test_an_old_example_that_can_no_longer_be_read_is_found(copy: Path) -> None:
    example = copy / "schemas" / "examples" / "posthouse.case.opened.v1" / "0.json"
    example.write_text('{"case_id": "not a uuid"}')
    assert any("0.json can no longer be read" in finding for finding in check(root=copy))


def test_export_and_release_restore_order(copy: Path) -> None:
    (copy / "asyncapi.yaml").unlink()
    edit(copy / "released" / "openapi" / "cases.json", lambda d: d["paths"].update({"/v1/x": {"get": {}}}))
    assert check(root=copy)
    assert export(copy)
    release(copy)
    assert check(root=copy) == []
