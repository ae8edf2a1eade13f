"""Every metric the email channel keeps."""

from prometheus_client import Counter, Gauge

MAILS_RECEIVED = Counter(
    "posthouse_email_received_total",
    "Mails handed to us, by way (lmtp, smtp, imap) and outcome (stored, duplicate, stray)",
    ("via", "outcome"),
)
MAILS_REFUSED = Counter("posthouse_email_refused_total", "SMTP and LMTP transactions refused, by reply code", ("code",))
SENDS = Counter(
    "posthouse_email_sends_total", "Attempts to send, by outcome (sent, retry, failed, unknown)", ("outcome",)
)
IMAP_CONNECTED = Gauge("posthouse_email_imap_connected", "1 while a mailbox is being read by IMAP", ("mailbox",))
