"""Kuaidi100's signatures: upper-case hexadecimal MD5 over the text of `param` and a shared secret.

MD5 is the provider's choice; the comparison takes the same time wherever the first difference is.
"""

import hashlib
import hmac


def push_signature(param: str, salt: str) -> str:
    """The signature of a push: over `param` as delivered, then the salt given at subscription."""
    return _md5(param + salt)


def push_is_genuine(param: str, signature: str, salt: str) -> bool:
    """Whether a push carries the right signature, byte for byte."""
    return hmac.compare_digest(push_signature(param, salt).encode(), signature.encode("utf-8", "surrogatepass"))


def query_signature(param: str, key: str, customer: str) -> str:
    """The signature of a query: over `param`, our key and our customer number."""
    return _md5(param + key + customer)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
