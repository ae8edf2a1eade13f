"""What every use case decides with."""

from dataclasses import dataclass
from importlib import resources

import yaml

from cases import procedures
from cases.domain.classify import Hints
from cases.domain.engine import Engine
from cases.domain.model import Case
from cases.parameters import CaseParameters
from cases.procedures import Library
from chassis.i18n import Catalogue
from contracts.values import Language


@dataclass(frozen=True)
class Office:
    """Procedures, parameters, hint words and texts; the same for all transactions."""

    library: Library
    parameters: CaseParameters
    hints: Hints
    texts: Catalogue

    @classmethod
    def load(cls, parameters: CaseParameters | None = None) -> "Office":
        """From the packaged data and the operator's parameters."""
        hints = yaml.safe_load((resources.files("cases.data") / "hints.yaml").read_text("utf-8"))
        return cls(
            library=procedures.load(),
            parameters=parameters or CaseParameters.load(),
            hints=Hints.model_validate(hints),
            texts=Catalogue.load("cases"),
        )

    def engine(self, case: Case) -> Engine:
        """The engine of the version that the case runs on."""
        return self.library.engine(case.procedure, case.procedure_version)

    def both(self, key: str, **values: object) -> dict[str, str]:
        """A text in every language. Values that are mappings give their own text per language."""
        return {
            language.value: self.texts.text(language, key, **{k: _in(v, language) for k, v in values.items()})
            for language in Language
        }


def _in(value: object, language: Language) -> object:
    return value.get(language.value, "") if isinstance(value, dict) else value
