"""An OpenID Connect issuer for tests: signs what it is asked to sign."""

import time
from collections.abc import Iterable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ISSUER = "http://issuer.test"
AUDIENCE = "posthouse"


class TestIssuer:
    """Signs access tokens with a key of its own."""

    __test__ = False

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.key_id = "test-key"

    @property
    def keys(self) -> dict[str, Any]:
        """The public key set."""
        public = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.key_id, "alg": "ES256", "use": "sig"}]}

    def token(
        self, subject: str = "agent-1", scopes: Iterable[str] = (), *, name: str | None = None, **claims: Any
    ) -> str:
        """A bearer token; keyword claims override the usual ones."""
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "name": name or subject,
            "scope": " ".join(scopes),
            "exp": int(time.time()) + 3600,
            **claims,
        }
        return jwt.encode(payload, self._key, algorithm="ES256", headers={"kid": self.key_id})
