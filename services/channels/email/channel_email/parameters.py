"""Everything about the email channel that a company may want to decide for itself."""

from pydantic import Field

from channel_email.domain.mail import Limits
from chassis.parameters import ParameterSet

_MB = 1024 * 1024


class EmailParameters(ParameterSet):
    """Limits, times and batch sizes."""

    version: int = 1

    mail_bytes: int = Field(
        default=35 * _MB, ge=65_536, description="larger mails are refused (552); 25 MB of files grow by 37 % in base64"
    )
    work: int = Field(
        default=40_000_000,
        ge=1_000_000,
        description="lines times boundaries of a mail that is taken apart; at 0.25 µs each (measured) this is 10 s",
    )
    parts: int = Field(default=200, ge=1, description="parts of a mail that are read; proposed")
    depth: int = Field(default=20, ge=1, description="nesting of parts that is followed; proposed")
    attachments: int = Field(default=30, ge=0, description="files taken out of a mail; proposed")
    attachment_bytes: int = Field(default=25 * _MB, ge=1, description="largest file taken out of a mail; proposed")
    text_chars: int = Field(default=200_000, ge=1000, description="text kept of a mail; proposed")
    html_chars: int = Field(default=500_000, ge=1000, description="longer HTML is only kept as a file; proposed")
    html_depth: int = Field(default=300, ge=10, description="deeper HTML takes quadratic time; proposed")
    html_elements: int = Field(default=100_000, ge=100, description="elements, repeated ones counted; proposed")
    links: int = Field(default=2_000, ge=1, description="links in HTML that is shown; proposed")
    references: int = Field(default=50, ge=2, description="message ids read from and written to a mail; proposed")
    event_text_chars: int = Field(
        default=50_000, ge=1000, description="text in an event; Kafka takes records up to 1 MB by default"
    )
    event_html_chars: int = Field(default=200_000, ge=1000, description="HTML in an event, else only by the API")

    parse_workers: int = Field(default=2, ge=1, description="mails read at the same time, each in its own thread")
    connections: int = Field(default=20, ge=1, description="SMTP and LMTP connections served at once; more get 421")
    recipients: int = Field(default=100, ge=1, description="recipients per transaction (RFC 5321 4.5.3.1.8); then 452")
    line_bytes: int = Field(
        default=1_048_576, ge=1001, description="longest line of a mail; RFC 5322 allows 998, real mail does not know"
    )
    idle_connection_seconds: float = Field(
        default=300, gt=0, description="a silent connection is closed; RFC 5321 4.5.3.2.7 asks for 5 minutes"
    )

    imap_poll_seconds: float = Field(
        default=60,
        gt=0,
        le=1700,
        description="longest time between two looks; IDLE is renewed as often, servers may drop it after 30 minutes "
        "(RFC 2177)",
    )
    imap_timeout_seconds: float = Field(default=30, gt=0, description="an IMAP command without an answer has failed")
    imap_first_days: int = Field(
        default=2, ge=0, description="how far back a mailbox is read when it is connected for the first time"
    )

    smtp_timeout_seconds: float = Field(
        default=60, gt=0, description="SMTP commands before the content; RFC 5321 4.5.3.2 asks for up to 5 minutes"
    )
    smtp_data_seconds: float = Field(
        default=600, gt=0, description="the answer to the content (RFC 5321 4.5.3.2.6); after it the mail is `unknown`"
    )
    claim_seconds: float = Field(
        default=330, gt=0, description="a claimed mail is given back after this; above five SMTP commands' time-outs"
    )
    sending_seconds: float = Field(
        default=660, gt=0, description="content under way for this long lost its process; above `smtp_data_seconds`"
    )
    send_batch: int = Field(default=10, ge=1, description="sends under way at once in one process")
    send_poll_seconds: float = Field(default=5, gt=0, description="safety net beside the wake-up by the commit")
    drain_seconds: float = Field(default=8, gt=0, description="at shutdown, how long sends under way may take")
    retry_seconds: tuple[float, ...] = Field(
        default=(10, 60, 300, 900, 3600, 3600, 7200, 14400, 14400),
        min_length=1,
        description="pauses before another try of a mail that certainly was not accepted; then it has failed",
    )

    def limits(self) -> Limits:
        """What the parser goes by."""
        return Limits(
            work=self.work,
            parts=self.parts,
            depth=self.depth,
            attachments=self.attachments,
            attachment_bytes=self.attachment_bytes,
            text_chars=self.text_chars,
            html_chars=self.html_chars,
            html_depth=self.html_depth,
            html_elements=self.html_elements,
            links=self.links,
            references=self.references,
        )
