"""The OpenAPI document as it really behaves: our problem documents instead of the framework's error schema."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.http.problems import Problem, problems

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_UNUSED = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Make the app describe the answers that the chassis adds to every endpoint."""

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for name in _UNUSED:
        schemas.pop(name, None)
    for path in schema.get("paths", {}).values():
        for method, operation in path.items():
            if method in _METHODS:
                _complete(operation)
    return schema


def _complete(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    framework = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if framework.get("$ref", "").endswith("HTTPValidationError"):
        del responses["422"]
    added = {400, 503}
    if operation.get("security"):
        added |= {401, 403}
    if operation.get("requestBody"):
        added |= {413}
    parameters = operation.get("parameters", [])
    if any(parameter["in"] == "path" for parameter in parameters):
        added |= {404}
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        added |= {422}
    for status, description in problems(*sorted(added)).items():
        responses.setdefault(str(status), description)
