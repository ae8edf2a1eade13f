"""The customers' webmail: what the demo page shows and scripts drive."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from posthouse.simulators.mailbox.letters import ReceivedMail
from posthouse.simulators.mailbox.simulator import Fault, MailboxSimulator, NotDelivered


class NewMail(BaseModel):
    """A mail to us. An answer needs only `in_reply_to` and `text`: the rest follows from the mail it answers."""

    text: str = Field(max_length=100_000)
    to: str | None = Field(default=None, max_length=320, examples=["support@posthouse.example"])
    subject: str | None = Field(default=None, max_length=500)
    in_reply_to: str | None = Field(default=None, max_length=998, description="`id` of a mail in the mailbox")
    name: str = Field(default="", max_length=100, description="the customer's name")
    quote: bool = Field(default=True, description="quote the answered mail below the text, as mail programs do")


class SentMail(BaseModel):
    """The mail was taken; `id` is its message id."""

    id: str


class NewFault(BaseModel):
    """What is to happen to the next mails for the address."""

    fault: Fault
    times: int = Field(default=1, ge=1, le=1000)


def build_router(simulator: MailboxSimulator) -> APIRouter:
    """The routes of a simulator."""
    router = APIRouter(prefix="/mailboxes/{address}", tags=["Mailbox simulator"])

    @router.get("/messages")
    async def messages(address: str) -> list[ReceivedMail]:
        """What arrived for the address, oldest first."""
        return simulator.mails(address)

    @router.post("/send", status_code=201)
    async def send(address: str, mail: NewMail) -> SentMail:
        """Write to us from the address. 502 carries what our listener answered instead of taking the mail."""
        try:
            mail_id = await simulator.send(
                address,
                text=mail.text,
                to=mail.to,
                subject=mail.subject,
                in_reply_to=mail.in_reply_to,
                name=mail.name,
                quote=mail.quote,
            )
        except LookupError as error:
            raise HTTPException(404, f"There is no mail {mail.in_reply_to!r} in this mailbox.") from error
        except ValueError as error:
            raise HTTPException(400, f"The mail cannot be written: {error}") from error
        except NotDelivered as error:
            raise HTTPException(502, f"{error.code or 'no connection'} {error}") from error
        return SentMail(id=mail_id)

    @router.post("/faults", status_code=204)
    async def fault(address: str, body: NewFault) -> None:
        """Let the next mails for the address fail in a given way."""
        simulator.let_fail(address, body.fault, times=body.times)

    return router
