"""Why a socket is closed by us: the close codes of PROTOCOL.md."""

TOO_BIG = 1009
PROTOCOL_ERROR = 4400
BAD_TOKEN = 4401
OTHER_SITE = 4403
SILENT = 4408
TOO_MANY = 4429


class Cut(Exception):
    """Close the socket with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason
