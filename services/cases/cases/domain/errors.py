"""Why a procedure refuses an action. Each error says it in one sentence and names what to change."""

from collections.abc import Mapping, Sequence


class ProcedureRefusal(Exception):
    """Base of every refusal; `slug` names the kind of problem to API clients."""

    slug = "procedure-refused"

    @property
    def pointers(self) -> Mapping[str, str]:
        """What is wrong where: a JSON pointer into the request → a sentence."""
        return {}


class ProcedureEnded(ProcedureRefusal):
    """The procedure has ended; only reopening the case goes on from here."""

    slug = "procedure-ended"

    def __init__(self, step: str) -> None:
        super().__init__(f"The procedure ended at step {step}.")


class WaitingForSubProcedure(ProcedureRefusal):
    """The case waits for another procedure to end."""

    slug = "waiting-for-procedure"

    def __init__(self, procedure: str) -> None:
        super().__init__(f"The case waits for its {procedure} procedure to end.")


class UnknownStep(ProcedureRefusal):
    """The procedure has no such step."""

    slug = "unknown-step"

    def __init__(self, step: str, known: Sequence[str]) -> None:
        super().__init__(f"The procedure has no step {step}; its steps are {', '.join(known)}.")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {"/step": "not a step of this procedure"}


class OutOfOrder(ProcedureRefusal):
    """A step was named that is not the current one."""

    slug = "step-out-of-order"

    def __init__(self, step: str, current: str, *, needs: str | None) -> None:
        self.needs = needs
        how = f"Step {needs} must not be passed by." if needs else "Give a deviation_reason to do it out of order."
        super().__init__(f"The case is at step {current}, not at {step}. {how}")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {"/step": "not the current step"} if self.needs else {"/deviation_reason": "needed to leave the order"}


class MissingFields(ProcedureRefusal):
    """Mandatory fields are missing."""

    slug = "fields-missing"

    def __init__(self, missing: Mapping[str, Sequence[str]], *, may_deviate: bool) -> None:
        self.missing = {step: tuple(names) for step, names in missing.items()}
        self.may_deviate = may_deviate
        listed = "; ".join(f"{step}: {', '.join(names)}" for step, names in self.missing.items())
        how = "Give them, or a deviation_reason." if may_deviate else "The procedure allows no deviation here."
        super().__init__(f"Mandatory fields are missing ({listed}). {how}")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {f"/fields/{name}": f"mandatory at {step}" for step, names in self.missing.items() for name in names}


class StepsSkipped(ProcedureRefusal):
    """Closing would pass steps by."""

    slug = "steps-skipped"

    def __init__(self, steps: Sequence[str], *, may_deviate: bool) -> None:
        self.steps, self.may_deviate = tuple(steps), may_deviate
        how = "Give a deviation_reason." if may_deviate else "They must not be passed by."
        super().__init__(f"Closing now would skip the steps {', '.join(steps)}. {how}")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {"/deviation_reason": "needed to skip steps"} if self.may_deviate else {}


class BadFields(ProcedureRefusal):
    """Values that their fields cannot take, or fields the procedure does not use."""

    slug = "bad-fields"

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name} {detail}" for name, detail in problems.items()) + ".")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {f"/fields/{name}": detail for name, detail in self.problems.items()}


class OutcomeNeeded(ProcedureRefusal):
    """Several ways lead out of the step and none was chosen, or one that is not open."""

    slug = "outcome-needed"

    def __init__(self, step: str, open_outcomes: Sequence[str], given: str | None) -> None:
        self.open_outcomes = tuple(open_outcomes)
        choices = ", ".join(open_outcomes) or "none"
        said = f"{given} does not lead out of step {step}" if given else f"Step {step} needs an outcome"
        super().__init__(f"{said}; open outcomes: {choices}.")

    @property
    def pointers(self) -> Mapping[str, str]:
        return {"/outcome": f"one of {', '.join(self.open_outcomes)}" if self.open_outcomes else "no outcome is open"}


class WrongActor(ProcedureRefusal):
    """The step belongs to another role."""

    slug = "wrong-actor"

    def __init__(self, step: str, roles: Sequence[str]) -> None:
        super().__init__(f"Step {step} belongs to {' or '.join(roles)}.")


class SegregationOfDuties(ProcedureRefusal):
    """The same person must not do both steps."""

    slug = "segregation-of-duties"

    def __init__(self, step: str, other: str) -> None:
        super().__init__(f"Step {step} must be done by somebody else than {other}.")
