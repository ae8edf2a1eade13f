"""Whose number is this? Ranked candidates with reasons, from a number or from free text."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.i18n import Catalogue
from contracts.values import Language
from tracking_gateway.domain.numbers.extract import best_per_number, extract, possible_numbers
from tracking_gateway.domain.numbers.rank import Because, Candidate, Context
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.store.parcels import known_carriers

_MAX_LOOKED_UP = 200


class ReasonView(BaseModel):
    """Why a carrier is on the list, in code and in words."""

    code: str
    detail: str
    text: dict[str, str]


class CandidateView(BaseModel):
    """A carrier that may have issued the number."""

    waybill_no: str
    carrier: str
    format: str | None = Field(description="which form of number matched; null if the number is known from the store")
    confidence: float = Field(ge=0, le=1, description="share of belief among all readings, not a promise")
    reasons: list[ReasonView]


class DetectView(BaseModel):
    """Candidates of every number found, in order of appearance, each number's likeliest first.

    `rejected` are numbers of a recognisable form whose check digit or country is wrong: probably mistyped.
    """

    candidates: list[CandidateView]
    rejected: list[CandidateView]


router = APIRouter(prefix="/v1", tags=["Detection"])


@router.get("/detect")
async def detect(
    request: Request,
    db: DB,
    reader: Annotated[Principal, Depends(require("tracking:read"))],
    text: Annotated[str, Query(max_length=4000, description="a number, or a message that may hold some")],
    country: Annotated[list[str], Query(max_length=5, description="ISO 3166 codes of the countries involved")] = [],  # noqa: B006 - FastAPI copies defaults
    carrier: Annotated[str | None, Query(max_length=40, description="the carrier somebody named")] = None,
) -> DetectView:
    """Waybill numbers in a text, with the carriers they may belong to. Never one guess: rank, and let people choose."""
    knowledge: Knowledge = request.app.state.knowledge
    catalogue: Catalogue = request.app.state.catalogue
    async with db.read() as tx:
        known = await known_carriers(tx, sorted(possible_numbers(text))[:_MAX_LOOKED_UP])
    context = Context(countries=tuple(code.upper() for code in country), asked=carrier)
    found = extract(text, knowledge.ranker, context, known)
    return DetectView(
        candidates=[_view(item, catalogue) for item in best_per_number(found)],
        rejected=[
            _view(item, catalogue) for entry in found for item in entry.ranking.rejected if not entry.ranking.candidates
        ],
    )


def _view(candidate: Candidate, catalogue: Catalogue) -> CandidateView:
    return CandidateView(
        waybill_no=candidate.waybill_no,
        carrier=candidate.carrier,
        format=candidate.format,
        confidence=round(candidate.confidence, 4),
        reasons=[_reason(item, catalogue) for item in candidate.reasons],
    )


def _reason(because: Because, catalogue: Catalogue) -> ReasonView:
    key = f"reason.{because.reason.value}"
    return ReasonView(
        code=because.reason.value,
        detail=because.detail,
        text={language.value: catalogue.text(language, key, detail=because.detail) for language in Language},
    )
