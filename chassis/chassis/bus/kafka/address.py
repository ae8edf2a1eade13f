"""Where Kafka is and how to log in there, from the bus URL."""

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SESSION_SECONDS = 10.0
"""Silence after which a member's partitions move; the broker's own lower bound is 6 s by default."""


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """`session_seconds`: see the factory. `client` holds the keyword arguments of every aiokafka client."""

    servers: str
    session_seconds: float
    client: dict[str, Any] = field(repr=False)

    @classmethod
    def from_url(cls, url: str) -> "KafkaAddress":
        """Raises `ValueError` for a URL without servers or with an option that is not known."""
        parts = urlsplit(url)
        login, _, servers = parts.netloc.rpartition("@")
        if not servers:
            raise ValueError("a Kafka URL names at least one host:port")
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        authority = options.pop("ca", None)
        session = float(options.pop("session_seconds", SESSION_SECONDS))
        if options:
            raise ValueError(f"unknown options in the Kafka URL: {', '.join(sorted(options))}")
        client: dict[str, Any] = {"bootstrap_servers": servers.split(",")}
        encrypted = parts.scheme == "kafkas"
        if encrypted:
            client["ssl_context"] = ssl.create_default_context(cafile=authority)
        if login:
            user, _, password = login.partition(":")
            client["sasl_mechanism"] = "SCRAM-SHA-512"
            client["sasl_plain_username"], client["sasl_plain_password"] = unquote(user), unquote(password)
        client["security_protocol"] = ("SASL_" if login else "") + ("SSL" if encrypted else "PLAINTEXT")
        return cls(servers, session, client)
