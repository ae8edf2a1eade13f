"""SF's msgDigest: base64 of the raw MD5 over the URL-encoded text of message, time stamp and check word."""

import base64
import hashlib
from urllib.parse import quote_plus


def msg_digest(message: str, timestamp: str, check_word: str) -> str:
    """The digest of a request. The encoding is that of Java's URLEncoder: a space is a plus, `*` stays."""
    text = quote_plus(message + timestamp + check_word, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()
