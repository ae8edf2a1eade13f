"""Every metric the chat channels keep."""

from prometheus_client import Counter, Gauge

SOCKETS = Gauge("posthouse_chat_sockets", "Open sockets of visitors")
CUT = Counter("posthouse_chat_sockets_cut_total", "Sockets closed by us, by close code", ("code",))
REFUSED_MESSAGES = Counter(
    "posthouse_chat_messages_refused_total", "Messages of visitors not accepted, by error", ("code",)
)
