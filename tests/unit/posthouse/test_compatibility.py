"""The compatibility rules: what breaks a consumer is found, what does not is let through."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.catalogue import EVENT_TYPES
from posthouse.contract_documents.compatibility import Reader, breaks
from posthouse.contract_documents.openapi import openapi_breaks

OLD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "kind", "amount"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "amount": {"type": "integer", "minimum": 0},
        "note": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "personal": {"$ref": "#/$defs/Personal"},
    },
    "$defs": {
        "Part": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "Personal": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    },
}


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    change(new)
    return new


BREAKING: dict[str, Callable[[dict[str, Any]], Any]] = {
    "field removed": lambda s: s["properties"].pop("note"),
    "required field removed": lambda s: (s["properties"].pop("amount"), s["required"].remove("amount")),
    "nested field removed": lambda s: s["$defs"]["Personal"]["properties"].pop("text"),
    "field of a list item removed": lambda s: s["$defs"]["Part"]["properties"].pop("name"),
    "new required field": lambda s: (s["properties"].update(x={"type": "string"}), s["required"].append("x")),
    "field became required": lambda s: s["required"].append("note"),
    "field no longer always present": lambda s: s["required"].remove("kind"),
    "type changed": lambda s: s["properties"]["amount"].update(type="string"),
    "type narrowed": lambda s: s["properties"].update(note={"type": "string", "maxLength": 100}),
    "type widened": lambda s: s["properties"].update(kind={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "integer became number": lambda s: s["properties"]["amount"].update(type="number"),
    "enum value removed": lambda s: s["properties"]["kind"].update(enum=["a"]),
    "text became an enum": lambda s: s["$defs"]["Part"]["properties"]["name"].update(enum=["x"]),
    "maximum length lowered": lambda s: s["properties"]["note"]["anyOf"][0].update(maxLength=50),
    "minimum raised": lambda s: s["properties"]["amount"].update(minimum=1),
    "pattern added": lambda s: s["$defs"]["Part"]["properties"]["name"].update(pattern="^x"),
    "format removed": lambda s: s["properties"]["id"].pop("format"),
}

HARMLESS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda s: None,
    "optional field added": lambda s: s["properties"].update(x={"type": "string"}),
    "optional nested field added": lambda s: s["$defs"]["Part"]["properties"].update(size={"type": "integer"}),
    "enum value added": lambda s: s["properties"]["kind"].update(enum=["a", "b", "c"]),
    "maximum length raised": lambda s: s["properties"]["note"]["anyOf"][0].update(maxLength=500),
    "description changed": lambda s: s["properties"]["amount"].update(description="in fen"),
}


class TestEventSchemas:
    @pytest.mark.parametrize("name", BREAKING)
    def test_breaking_change_is_found(self, name: str) -> None:
        assert breaks(OLD, changed(BREAKING[name])), name

    @pytest.mark.parametrize("name", HARMLESS)
    def test_harmless_change_is_let_through(self, name: str) -> None:
        assert breaks(OLD, changed(HARMLESS[name])) == []

    def test_the_place_is_named(self) -> None:
        found = breaks(OLD, changed(BREAKING["field of a list item removed"]))
        assert found == ["#/parts/*/name: field removed"]

    @pytest.mark.parametrize("name", sorted(EVENT_TYPES))
    def test_losing_any_field_of_any_event_is_found(self, name: str) -> None:
        schema = EVENT_TYPES[name].model_json_schema()
        assert breaks(schema, schema) == []
        for field in schema["properties"]:
            smaller = copy.deepcopy(schema)
            del smaller["properties"][field]
            assert any(f"/{field}: field removed" in found for found in breaks(schema, smaller)), field


API: dict[str, Any] = {
    "paths": {
        "/v1/things": {
            "post": {
                "parameters": [{"in": "query", "name": "dry", "schema": {"type": "boolean"}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": copy.deepcopy(OLD)}}},
                "responses": {"201": {"content": {"application/json": {"schema": OLD}}}},
            }
        }
    }
}


def _post(api: dict[str, Any]) -> dict[str, Any]:
    return api["paths"]["/v1/things"]["post"]


def _request(api: dict[str, Any]) -> dict[str, Any]:
    return _post(api)["requestBody"]["content"]["application/json"]["schema"]


def _response(api: dict[str, Any]) -> dict[str, Any]:
    return _post(api)["responses"]["201"]["content"]["application/json"]["schema"]


class TestApis:
    @pytest.mark.parametrize(
        "change",
        [
            lambda api: api["paths"].clear(),
            lambda api: _post(api)["parameters"].clear(),
            lambda api: _post(api)["parameters"].append({"in": "query", "name": "x", "required": True, "schema": {}}),
            lambda api: _post(api)["responses"].pop("201"),
            lambda api: _request(api)["required"].append("note"),
            lambda api: _response(api)["properties"].pop("note"),
            lambda api: _response(api)["required"].remove("kind"),
        ],
    )
    def test_breaking_change_is_found(self, change: Callable[[dict[str, Any]], Any]) -> None:
        new = copy.deepcopy(API)
        change(new)
        assert list(openapi_breaks(API, new))

    @pytest.mark.parametrize(
        "change",
        [
            lambda api: None,
            lambda api: api["paths"].update({"/v1/more": {}}),
            lambda api: _post(api)["parameters"].append({"in": "query", "name": "x", "schema": {"type": "string"}}),
            lambda api: _request(api)["required"].remove("kind"),
            lambda api: _response(api)["properties"].update(extra={"type": "string"}),
        ],
    )
    def test_harmless_change_is_let_through(self, change: Callable[[dict[str, Any]], Any]) -> None:
        new = copy.deepcopy(API)
        change(new)
        assert list(openapi_breaks(API, new)) == []


def test_an_event_is_read_in_both_directions_an_answer_in_one() -> None:
    widened = changed(BREAKING["type widened"])
    assert breaks(OLD, widened, Reader.NEW_READS_OLD) == []
    assert breaks(OLD, widened, Reader.OLD_READS_NEW)
