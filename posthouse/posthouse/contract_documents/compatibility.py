"""Whether a changed JSON Schema still serves everybody who relied on the old one.

Works on the vocabulary that our models produce (object, array, scalar, enum, anyOf, $ref). Events are read in both
directions: new code replays old events, and old consumers read new ones; so an event schema must satisfy both rules.
"""

from collections.abc import Iterator, Mapping
from enum import Flag
from typing import Any

Schema = Mapping[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


class Reader(Flag):
    """Who must still be served: the new code with old data, or old code with new data."""

    NEW_READS_OLD = 1
    OLD_READS_NEW = 2


BOTH = Reader.NEW_READS_OLD | Reader.OLD_READS_NEW


def breaks(old: Schema, new: Schema, readers: Reader = BOTH) -> list[str]:
    """What of the change breaks a reader, one sentence each with the place it concerns; empty if nothing."""
    return list(_compare(_Node(old, old), _Node(new, new), "#", readers, frozenset()))


class _Node:
    """A schema with the document its references point into."""

    def __init__(self, schema: Schema, document: Schema) -> None:
        while "$ref" in schema:
            target: Any = document
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        self.schema = schema
        self.document = document

    def child(self, schema: Schema) -> "_Node":
        return _Node(schema, self.document)

    def types(self) -> frozenset[str]:
        """The JSON types that are allowed; empty for "any"."""
        alternatives = self.schema.get("anyOf") or self.schema.get("oneOf")
        if alternatives:
            return frozenset().union(*(self.child(item).types() for item in alternatives))
        declared = self.schema.get("type")
        if declared is None:
            return frozenset({"string"}) if "enum" in self.schema else frozenset()
        return frozenset([declared] if isinstance(declared, str) else declared)

    def variant(self, type_name: str) -> "_Node | None":
        """The part of the schema that describes values of one type."""
        alternatives = self.schema.get("anyOf") or self.schema.get("oneOf")
        if not alternatives:
            return self if type_name in self.types() else None
        return next((found for item in alternatives if (found := self.child(item).variant(type_name))), None)


def _compare(old: _Node, new: _Node, place: str, readers: Reader, seen: frozenset[tuple[int, int]]) -> Iterator[str]:
    pair = (id(old.schema), id(new.schema))
    if pair in seen:
        return
    seen |= {pair}
    old_types, new_types = old.types(), new.types()
    if old_types != new_types:
        yield from _compare_types(old_types, new_types, place, readers)
    for type_name in sorted(old_types & new_types):
        before, after = old.variant(type_name), new.variant(type_name)
        if before is None or after is None:
            continue
        if type_name == "object":
            yield from _compare_objects(before, after, place, readers, seen)
        elif type_name == "array":
            if "items" in before.schema and "items" in after.schema:
                items = before.child(before.schema["items"]), after.child(after.schema["items"])
                yield from _compare(*items, f"{place}/*", readers, seen)
            yield from _compare_bounds(before.schema, after.schema, place, readers)
        else:
            yield from _compare_values(before.schema, after.schema, place, readers)


def _compare_types(old: frozenset[str], new: frozenset[str], place: str, readers: Reader) -> Iterator[str]:
    widened = not new or (old and (old < new or (old - {"integer"} | {"number"}) <= new))
    if widened and not (old and not old <= new and "number" not in new):
        if Reader.OLD_READS_NEW in readers:
            yield f"{place}: type widened from {_names(old)} to {_names(new)}; old readers do not expect that"
    elif not old or new < old:
        if Reader.NEW_READS_OLD in readers:
            yield f"{place}: type narrowed from {_names(old)} to {_names(new)}"
    else:
        yield f"{place}: type changed from {_names(old)} to {_names(new)}"


def _compare_objects(
    old: _Node, new: _Node, place: str, readers: Reader, seen: frozenset[tuple[int, int]]
) -> Iterator[str]:
    before, after = old.schema.get("properties", {}), new.schema.get("properties", {})
    was_required, is_required = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{place}/{name}: field removed"
            continue
        if name in was_required - is_required and Reader.OLD_READS_NEW in readers:
            yield f"{place}/{name}: no longer always present; old readers rely on it"
        if name in is_required - was_required and Reader.NEW_READS_OLD in readers:
            yield f"{place}/{name}: became required; old data may lack it"
        yield from _compare(old.child(before[name]), new.child(after[name]), f"{place}/{name}", readers, seen)
    if Reader.NEW_READS_OLD in readers:
        for name in sorted(is_required - set(before)):
            yield f"{place}/{name}: new required field; old data lacks it"
    old_extra, new_extra = old.schema.get("additionalProperties"), new.schema.get("additionalProperties")
    if isinstance(old_extra, Mapping) and isinstance(new_extra, Mapping):
        yield from _compare(old.child(old_extra), new.child(new_extra), f"{place}/*", readers, seen)
    elif new_extra is False and old_extra is not False and Reader.NEW_READS_OLD in readers:
        yield f"{place}: unknown fields are refused now"


def _compare_values(old: Schema, new: Schema, place: str, readers: Reader) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is not None and Reader.NEW_READS_OLD in readers:
        gone = "any other value" if before is None else ", ".join(sorted(before - after))
        if gone:
            yield f"{place}: no longer allows {gone}"
    for keyword in ("pattern", "format"):
        if old.get(keyword) != new.get(keyword):
            narrowed = new.get(keyword) is not None
            if Reader.NEW_READS_OLD in readers if narrowed else Reader.OLD_READS_NEW in readers:
                yield f"{place}: {keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}"
    yield from _compare_bounds(old, new, place, readers)


def _compare_bounds(old: Schema, new: Schema, place: str, readers: Reader) -> Iterator[str]:
    if Reader.NEW_READS_OLD not in readers:
        return
    for keyword in _LOWER_BOUNDS:
        if keyword in new and new[keyword] > old.get(keyword, float("-inf")):
            yield f"{place}: {keyword} raised to {new[keyword]}"
    for keyword in _UPPER_BOUNDS:
        if keyword in new and new[keyword] < old.get(keyword, float("inf")):
            yield f"{place}: {keyword} lowered to {new[keyword]}"


def _allowed(schema: Schema) -> frozenset[str] | None:
    if "const" in schema:
        return frozenset([str(schema["const"])])
    return frozenset(map(str, schema["enum"])) if "enum" in schema else None


def _names(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "anything"
