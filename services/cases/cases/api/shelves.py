"""What is the same for templates, macros and views: who may see and change them, names, versions."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request

from cases.api import access
from cases.api.refusals_desk import NameIsTaken
from cases.api.schemas_desk import KeptView
from cases.store import texts
from cases.store.texts import Kept, Shelf
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.etag import check_if_match
from chassis.http.problems import Forbidden, NotFound

V = TypeVar("V", bound=KeptView)


def view(kind: type[V], kept: Kept, **more: Any) -> V:
    """A kept thing as its API shows it."""
    common = {name: getattr(kept, name) for name in KeptView.model_fields}
    return kind.model_validate({**common, **kept.content, **more})


async def find(tx: Tx, shelf: Shelf, thing_id: UUID, principal: Principal, *, lock: bool = False) -> Kept:
    """404 for what does not exist and for what is another agent's own."""
    kept = await texts.get(tx, shelf, thing_id, me=principal.subject, lock=lock)
    if kept is None:
        raise NotFound(shelf.replace("saved_", ""), thing_id)
    return kept


def require_share(principal: Principal, shared: bool) -> None:
    """403: what is shared is the house's, and supervisors look after it."""
    if shared and not access.sees_all(principal):
        raise Forbidden("Shared ones are kept by supervisors; keep your own unshared.")


async def add(
    tx: Tx, shelf: Shelf, principal: Principal, *, name: str, shared: bool, content: Mapping[str, Any]
) -> Kept:
    """Keep a new one."""
    require_share(principal, shared)
    try:
        async with tx.attempt():
            kept = await texts.add(tx, shelf, owner=principal.subject, shared=shared, name=name, content=content)
    except texts.NameTaken as error:
        raise NameIsTaken(name) from error
    tx.audit(principal.subject, f"{shelf}.add", f"{shelf}/{kept.id}")
    return kept


async def change(
    tx: Tx,
    shelf: Shelf,
    thing_id: UUID,
    principal: Principal,
    request: Request,
    *,
    name: str,
    shared: bool,
    content: Mapping[str, Any],
) -> Kept:
    """Replace one, if it is the version that the caller saw."""
    kept = await find(tx, shelf, thing_id, principal, lock=True)
    require_share(principal, shared or kept.shared)
    check_if_match(request, kept.version)
    try:
        async with tx.attempt():
            changed = await texts.change(tx, shelf, thing_id, shared=shared, name=name, content=content)
    except texts.NameTaken as error:
        raise NameIsTaken(name) from error
    tx.audit(principal.subject, f"{shelf}.change", f"{shelf}/{thing_id}")
    return changed


async def remove(tx: Tx, shelf: Shelf, thing_id: UUID, principal: Principal, request: Request) -> None:
    """Forget one, if it is the version that the caller saw."""
    kept = await find(tx, shelf, thing_id, principal, lock=True)
    require_share(principal, kept.shared)
    check_if_match(request, kept.version)
    await texts.remove(tx, shelf, thing_id)
    tx.audit(principal.subject, f"{shelf}.remove", f"{shelf}/{thing_id}")
