"""Structured logs: one JSON object a line, with trace ids. Personal data and secrets are never passed to a logger."""

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
from opentelemetry import trace


class JsonFormatter(logging.Formatter):
    """One JSON object per record; keyword fields of `get_logger` become members."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "fields", {}))
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            entry["trace_id"] = trace.format_trace_id(context.trace_id)
            entry["span_id"] = trace.format_span_id(context.span_id)
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


class TextFormatter(logging.Formatter):
    """For people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in getattr(record, "fields", {}).items())
        clock = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        text = f"{clock} {record.levelname.lower():7} {record.name}: {record.getMessage()} {fields}".rstrip()
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class FieldLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keyword arguments become fields: `log.info("offer expired", offer_id=...)`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        passed = {name: kwargs.pop(name) for name in ("exc_info", "stack_info", "stacklevel") if name in kwargs}
        return msg, {**passed, "extra": {"fields": dict(kwargs)}}


def get_logger(name: str) -> FieldLogger:
    """The logger of a module."""
    return FieldLogger(logging.getLogger(name), {})


def configure(level: str, format: str) -> None:
    """Send all logs of the process to standard error in the chosen format. Called once, by the launcher."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "httpx", "httpcore", "alembic", "aiosmtpd", "mail.log", "uvicorn.access", "twilio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
