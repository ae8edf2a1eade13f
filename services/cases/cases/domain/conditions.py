"""Whether a condition of a procedure holds for a run."""

from cases.domain.dictionary import Dictionary
from cases.domain.procedure import Condition
from cases.domain.run import Run


def holds(condition: Condition | None, run: Run, dictionary: Dictionary) -> bool:
    """Whether the condition holds; no condition always does. A missing field satisfies no test but `present: false`."""
    if condition is None:
        return True
    if condition.all:
        return all(holds(part, run, dictionary) for part in condition.all)
    if condition.any:
        return any(holds(part, run, dictionary) for part in condition.any)
    if condition.not_ is not None:
        return not holds(condition.not_, run, dictionary)
    if condition.visits is not None:
        return run.visits.get(condition.visits, 0) >= int(condition.at_least or 0)
    return _field_holds(condition, run, dictionary)


def _field_holds(condition: Condition, run: Run, dictionary: Dictionary) -> bool:
    name = condition.field or ""
    value = run.fields.get(name)
    if condition.present is not None:
        return (value is not None) == condition.present
    if value is None:
        return False
    if condition.is_ is not None:
        return any(type(value) is type(wanted) and value == wanted for wanted in condition.is_)
    if isinstance(condition.at_least, int):
        return isinstance(value, int | float) and value >= condition.at_least
    return dictionary.rank(name, value) >= dictionary.rank(name, condition.at_least)
