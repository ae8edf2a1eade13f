"""Running a change of a case on behalf of a caller: once, under its lock, with the caller's right and version."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from asyncpg import DeadlockDetectedError
from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from cases.actions.file import CaseFile, agent_channel
from cases.actions.office import Office
from cases.api import access
from cases.api.refusals import NotAssigned, problem_of
from cases.domain.errors import ProcedureRefusal
from cases.domain.model import Case
from cases.store import cases as case_store
from cases.store import customers
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.db.database import stream_signal
from chassis.db.errors import is_retryable
from chassis.http.deps import DB, require
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import NotFound

Reader = Annotated[Principal, Depends(require("cases:read"))]
Writer = Annotated[Principal, Depends(require("cases:write"))]

_ATTEMPTS = 3
"""Tries of a change that lost against another transaction; the loser of a deadlock wins the next time."""


async def office_of(request: Request) -> Office:
    """What use cases decide with."""
    office: Office = request.app.state.office
    return office


TheOffice = Annotated[Office, Depends(office_of)]


class Change:
    """One change of one case by one caller."""

    def __init__(self, request: Request, db: DB, office: TheOffice, principal: Writer, once: OnceOnly) -> None:
        self.request = request
        self.office = office
        self.principal = principal
        self._db = db
        self._once = once

    async def run(
        self,
        case_id: UUID,
        effect: Callable[[CaseFile], Awaitable[BaseModel]],
        *,
        status: int = 200,
        owned: bool = True,
        readable: bool = True,
        with_customer: bool = False,
        others: Sequence[UUID] = (),
    ) -> Response:
        """Run `effect` on the locked case and answer with what it returns.

        `owned`: only the case's owner may; while the case waits for the news of its assignment the change waits for it
        too, briefly. Otherwise the caller must be one who may read it, unless `readable` is off because another right
        was checked. `with_customer` locks the customer first, for changes that decide about threads. `others` are cases
        that the change needs too; they are locked with this one, in one order, and it is for `effect` to check them.
        """

        async def attempt(tx: Tx) -> BaseModel:
            case = await self._locked(tx, [case_id, *others], with_customer=with_customer)
            if owned:
                access.require_own(case, self.principal)
                if case.owner is None and case.closed_at is None and not access.sees_all(self.principal):
                    raise NotAssigned(case.case_no)
            elif readable:
                await access.require_readable(tx, case, self.principal)
            check_if_match(self.request, case.version)
            try:
                return await effect(CaseFile(tx, self.office, case))
            except ProcedureRefusal as refusal:
                raise problem_of(refusal) from refusal

        return await self._patiently(lambda: self._once.run(attempt, status=status, headers=_etag))

    async def _locked(self, tx: Tx, case_ids: Sequence[UUID], *, with_customer: bool) -> Case:
        """The first of the cases. All are locked: customers first, then the cases and those that wait for them."""
        if with_customer:
            seen = [await case_store.get(tx, case_id) for case_id in case_ids]
            for customer_id in sorted({case.customer_id for case in seen if case is not None}):
                await customers.lock(tx, customer_id)
        case = (await case_store.lock_family(tx, case_ids)).get(case_ids[0])
        if case is None:
            raise NotFound("case", case_ids[0])
        return case

    async def _patiently(self, run: Callable[[], Awaitable[Response]]) -> Response:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.office.parameters.assignment_wait_seconds
        attempts = 0
        with self._db.signals.listening(stream_signal(agent_channel(self.principal.subject))) as woken:
            while True:
                woken.clear()
                try:
                    return await run()
                except NotAssigned:
                    left = deadline - loop.time()
                    if left <= 0:
                        raise
                    await _woken_or_later(woken, min(left, 0.2))
                except (DBAPIError, DeadlockDetectedError) as error:
                    attempts += 1
                    if attempts >= _ATTEMPTS or not is_retryable(error):
                        raise


async def _woken_or_later(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return


def _etag(result: Any) -> dict[str, str]:
    version = getattr(result, "version", None)
    return {} if version is None else {"ETag": etag(version)}


async def _change(request: Request, db: DB, office: TheOffice, principal: Writer, once: OnceOnly) -> Change:
    return Change(request, db, office, principal, once)


ChangeOf = Annotated[Change, Depends(_change)]
"""Parameter type of endpoints that change a case."""
