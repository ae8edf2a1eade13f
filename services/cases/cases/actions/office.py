"""What every use case decides with."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from cases import procedures
from cases.domain.calendar import BusinessCalendar
from cases.domain.categories import Categories
from cases.domain.classify import Hints
from cases.domain.compensation import Rules
from cases.domain.engine import Engine
from cases.domain.model import Case
from cases.notices import Templates
from cases.parameters import CaseParameters
from cases.procedures import Library
from cases.wording import Wording, wording
from chassis.i18n import Catalogue
from contracts.values import Language


@dataclass(frozen=True)
class Office:
    """Procedures, parameters, hint words and texts; the same for all transactions."""

    library: Library
    parameters: CaseParameters
    hints: Hints
    texts: Catalogue
    compensation: Rules
    templates: Templates
    categories: Categories

    @classmethod
    def load(cls, parameters: CaseParameters | None = None) -> "Office":
        """From the packaged data and the operator's parameters."""
        parameters = parameters or CaseParameters.load()
        calendar = parameters.calendar or BusinessCalendar.model_validate(_data("calendar.CN.yaml"))
        return cls(
            library=procedures.load(calendar),
            parameters=parameters,
            hints=Hints.model_validate(_data("hints.yaml")),
            texts=Catalogue.load("cases"),
            categories=parameters.categories or Categories.model_validate(_data("categories.yaml")),
            templates=Templates(
                wording(calendar.zone), company=parameters.company_name, appeal=parameters.appeal_contact
            ),
            compensation=parameters.compensation or Rules.model_validate(_data("compensation.yaml")),
        )

    def engine(self, case: Case) -> Engine:
        """The engine of the version that the case runs on."""
        return self.library.engine(case.procedure, case.procedure_version)

    @property
    def words(self) -> Wording:
        """Renders timeline entries, on the clock of the company's calendar."""
        return wording(self.library.calendar.zone)

    def both(self, key: str, **values: object) -> dict[str, str]:
        """A text in every language. Values that are mappings give their own text per language."""
        return {
            language.value: self.texts.text(language, key, **{k: _in(v, language) for k, v in values.items()})
            for language in Language
        }


def _data(name: str) -> Any:
    return yaml.safe_load((resources.files("cases.data") / name).read_text("utf-8"))


def _in(value: object, language: Language) -> object:
    return value.get(language.value, "") if isinstance(value, dict) else value
