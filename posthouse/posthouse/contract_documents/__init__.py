"""The contract documents: written from the code, checked against it, and against what was released before."""

from posthouse.contract_documents.check import check
from posthouse.contract_documents.files import export, release

__all__ = ["check", "export", "release"]
