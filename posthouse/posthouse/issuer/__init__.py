"""A small OpenID Connect issuer for the all-in-one process, so that a laptop needs no identity provider.

Production points `POSTHOUSE_AUTH_ISSUER` at a real one; nothing else in the house knows the difference.
"""

from posthouse.issuer.app import build_issuer
from posthouse.issuer.keys import SigningKey
from posthouse.issuer.tokens import LocalTokens, TokenMaker
from posthouse.issuer.users import DEMO_USERS, User, load_users

__all__ = ["DEMO_USERS", "LocalTokens", "SigningKey", "TokenMaker", "User", "build_issuer", "load_users"]
