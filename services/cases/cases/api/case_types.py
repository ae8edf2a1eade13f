"""What cases can be, and be about: case types and the category tree."""

from fastapi import APIRouter

from cases.api.changing import Reader, TheOffice
from cases.api.schemas_desk import CaseTypeView, CategoryView
from cases.views import LabelView

router = APIRouter(prefix="/v1", tags=["Cases"])


@router.get("/case-types")
async def list_case_types(principal: Reader, office: TheOffice) -> list[CaseTypeView]:
    """All case types with the procedure each begins."""
    parameters = office.parameters
    return [
        CaseTypeView(
            id=name,
            procedure=procedure,
            label=LabelView.of(office.library.engine(procedure).procedure.label),
            queue=parameters.queue(name),
            priority=parameters.priority(name),
        )
        for name, procedure in parameters.procedure_of_class.items()
    ]


@router.get("/categories")
async def list_categories(principal: Reader, office: TheOffice) -> list[CategoryView]:
    """The tree of what cases are about, parents before children."""
    return [
        CategoryView(code=category.code, parent=category.parent, label=LabelView.of(category.label))
        for category in office.categories.categories
    ]
