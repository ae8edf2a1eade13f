"""The issuer's signing key, kept between starts."""

from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = "ES256"


class SigningKey:
    """An ECDSA P-256 key. Its id is derived from the public part, so a new key is never mistaken for the old one."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self.private = private
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = hashes.Hash(hashes.SHA256())
        digest.update(public)
        self.key_id = digest.finalize().hex()[:16]

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """The key kept at `path`, made on the first call. Readable by its owner only."""
        if path.exists():
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if not isinstance(private, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{path} does not hold an elliptic-curve key; remove it to get a new one")
            return cls(private)
        private = ec.generate_private_key(ec.SECP256R1())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return cls(private)

    def public_set(self) -> dict[str, Any]:
        """The JSON Web Key Set to publish."""
        key = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "alg": ALGORITHM, "use": "sig"}]}
