"""Answering offers."""

from uuid import UUID

from fastapi import APIRouter

from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.problems import NotFound, problems
from routing.api.answers import offer_closed, refuse
from routing.api.deps import AnAgent, AnOnceKey, AnyWords, ARoom, Words
from routing.api.schemas import Decline, OfferAnswer
from routing.dispatch.envelope import Reply
from routing.domain.commands import AcceptOffer, DeclineOffer
from routing.domain.values import Code, OfferState
from routing.store import reading

router = APIRouter(prefix="/v1/offers", tags=["Agent"])


@router.post("/{offer_id}/accept", responses=problems(400, 401, 403, 404, 409, 422, 503))
async def accept_offer(
    offer_id: UUID, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> OfferAnswer:
    """Take the offered work. Repeating it changes nothing; if it came too late the problem says what happened."""
    dispatcher = (await room.homes.of_offer(offer_id)).dispatcher
    reply = await dispatcher.submit(AcceptOffer(dispatcher.now(), offer_id, principal.subject), once)
    return await _answer(offer_id, principal, db, words, reply, OfferState.ACCEPTED)


@router.post("/{offer_id}/decline", responses=problems(400, 401, 403, 404, 409, 422, 503))
async def decline_offer(
    offer_id: UUID,
    principal: AnAgent,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    body: Decline | None = None,
) -> OfferAnswer:
    """Leave the work to somebody else. It keeps its place and is not offered to me again for a while."""
    reason = body.reason if body else None
    dispatcher = (await room.homes.of_offer(offer_id)).dispatcher
    reply = await dispatcher.submit(DeclineOffer(dispatcher.now(), offer_id, principal.subject, reason), once)
    return await _answer(offer_id, principal, db, words, reply, OfferState.DECLINED)


async def _answer(
    offer_id: UUID, principal: Principal, db: DB, words: Words, reply: Reply, wanted: OfferState
) -> OfferAnswer:
    """Success if the offer is in the state the caller wants, by this call or an earlier one."""
    if reply.code is Code.KEY_REUSED:
        refuse(words, reply, kind="offer", id=offer_id)
    async with db.read() as tx:
        offer = await reading.offer(tx, offer_id)
    if offer is None:
        raise NotFound("offer", offer_id)
    if offer["agent_id"] != principal.subject:
        refuse(words, Reply(Code.NOT_YOURS), kind="offer", id=offer_id)
    if reply.code is not Code.DONE and offer["state"] != wanted:
        raise offer_closed(words, offer)
    return OfferAnswer(
        offer_id=offer_id, work_item_id=offer["work_item_id"], case_id=offer["case_id"], state=wanted.value
    )
