"""The OpenAPI document of each service, and what breaks between two of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.auth.tokens import TokenVerifier
from chassis.bus.port import Bus
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings
from posthouse.contract_documents.compatibility import Reader, breaks
from posthouse.demo.environment import DemoWorld
from posthouse.registry import SERVICES

_METHODS = ("get", "put", "post", "delete", "patch")


def openapi_documents() -> dict[str, dict[str, Any]]:
    """By service name. Services are built but not started, so nothing needs to run."""
    runtime = Runtime(
        settings=ChassisSettings(public_base_url="https://contact.example"),
        bus=_NoBus(),  # type: ignore[abstract]
        database_server_url="postgresql://nobody@127.0.0.1:1/none",
        identity=TokenVerifier(issuer="https://issuer.example", audience="posthouse"),
    )
    documents = {}
    # Building needs complete settings; none of these values reaches a document.
    with DemoWorld("https://contact.example", mail_port=8024, relay_port=8026).applied():
        for entry in SERVICES:
            document = entry.build(runtime).app.openapi()
            document["servers"] = [{"url": entry.prefix}]
            documents[entry.name] = document
    return documents


class _NoBus(Bus):
    """Building a service touches no bus; a protocol's default methods would answer None."""


def openapi_breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What a client written against `old` can no longer do with `new`."""
    for path, operations in old.get("paths", {}).items():
        for method in _METHODS:
            if method not in operations:
                continue
            place = f"{method.upper()} {path}"
            successor = new.get("paths", {}).get(path, {}).get(method)
            if successor is None:
                yield f"{place}: operation removed"
                continue
            yield from _parameters(operations[method], successor, old, new, place)
            yield from _bodies(operations[method], successor, old, new, place)


def _parameters(
    before: Mapping[str, Any], after: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], place: str
) -> Iterator[str]:
    def named(operation: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
        return {(parameter["in"], parameter["name"]): parameter for parameter in operation.get("parameters", [])}

    known, present = named(before), named(after)
    for key, parameter in known.items():
        if key not in present:
            yield f"{place}: parameter {key[1]} removed"
        else:
            for found in _compare(parameter, present[key], old, new, Reader.NEW_READS_OLD):
                yield f"{place} parameter {key[1]} {found}"
    for key, parameter in present.items():
        was_optional = key not in known or not known[key].get("required")
        if parameter.get("required") and was_optional:
            yield f"{place}: parameter {key[1]} is required now"


def _bodies(
    before: Mapping[str, Any], after: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], place: str
) -> Iterator[str]:
    asked, asks = _json(before.get("requestBody", {})), _json(after.get("requestBody", {}))
    if asks and asked:
        for found in _compare(asked, asks, old, new, Reader.NEW_READS_OLD):
            yield f"{place} request {found}"
    elif after.get("requestBody", {}).get("required") and not before.get("requestBody"):
        yield f"{place}: a request body is required now"
    for status, answer in before.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        if status not in after.get("responses", {}):
            yield f"{place}: no longer answers {status}"
            continue
        gave, gives = _json(answer), _json(after["responses"][status])
        if gave and gives:
            for found in _compare(gave, gives, old, new, Reader.OLD_READS_NEW):
                yield f"{place} {status} {found}"


def _compare(
    before: Mapping[str, Any], after: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], readers: Reader
) -> list[str]:
    return breaks(_rooted(before["schema"], old), _rooted(after["schema"], new), readers)


def _rooted(schema: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The schema together with the components that its references name."""
    return {**schema, "components": document.get("components", {})}


def _json(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content: Mapping[str, Any] | None = body.get("content", {}).get("application/json")
    return content if content and "schema" in content else None
