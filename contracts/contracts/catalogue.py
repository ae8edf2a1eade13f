"""The catalogue: every topic and event type, who produces it and who listens.

Documentation (AsyncAPI), golden schemas and the Kafka topic manifests are generated from here.
"""

from dataclasses import dataclass

from contracts import assignments, cases, customers, interactions, orders, parcels, sends, work
from contracts.event import EventData


@dataclass(frozen=True)
class Topic:
    """A topic and what operators need to know to create it.

    `partitions` bounds the parallelism of one consumer group; `retention_hours` is how far back a replay can reach.
    """

    name: str
    key: str
    description: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    events: tuple[type[EventData], ...]
    partitions: int = 12
    retention_hours: int = 24 * 14


CHANNELS = ("voice", "sms", "email", "chat")

TOPICS: tuple[Topic, ...] = (
    Topic(
        "interactions",
        "interaction id",
        "What happens on the channels",
        CHANNELS,
        ("cases", "insights"),
        (
            interactions.InteractionStarted,
            interactions.MessageReceived,
            interactions.MessageStatusChanged,
            interactions.InteractionQueued,
            interactions.InteractionAnswered,
            interactions.CallFailed,
            interactions.InteractionSelfServed,
            interactions.InteractionEnded,
        ),
    ),
    Topic(
        "sends",
        "interaction id",
        "Commands from cases to the channels",
        ("cases",),
        (*CHANNELS, "insights"),
        (sends.MessageSendRequested, sends.CallRequested, sends.InteractionEndRequested),
    ),
    Topic(
        "cases",
        "case id",
        "The life of a case",
        ("cases",),
        ("insights", "tracking-gateway"),
        (
            cases.CaseOpened,
            cases.CaseClassified,
            cases.CaseStepCompleted,
            cases.CaseDeviationRecorded,
            cases.CaseDeadlineApproaching,
            cases.CaseDeadlineMissed,
            cases.CaseEscalated,
            cases.CaseApprovalRequested,
            cases.CaseApprovalDecided,
            cases.CaseClosed,
            cases.CaseReopened,
            cases.CaseMerged,
            cases.CaseUnmerged,
            cases.CaseSplit,
            cases.CaseWaybillNamed,
            cases.CaseNoticeSettled,
        ),
    ),
    Topic(
        "customers",
        "customer id",
        "Rights of persons over their data",
        ("cases",),
        (*CHANNELS, "tracking-gateway"),
        (customers.CustomerErased,),
        partitions=3,
    ),
    Topic(
        "orders",
        "order id",
        "Shipping orders, for the courier's order system",
        ("cases",),
        ("insights", "tracking-gateway"),
        (orders.OrderPlaced, orders.OrderAmended, orders.OrderCancelled, orders.OrderStatusChanged),
    ),
    Topic(
        "work",
        "work item id",
        "What cases asks of routing",
        ("cases",),
        ("routing", "insights"),
        (work.WorkRequested, work.WorkChanged, work.WorkCallbackRequested, work.WorkCancelled),
    ),
    Topic(
        "assignments",
        "work item id; agent id for agent events",
        "Who does the work",
        ("routing",),
        ("cases", "insights"),
        (
            assignments.WorkOffered,
            assignments.WorkDeclined,
            assignments.WorkTimedOut,
            assignments.WorkRescinded,
            assignments.WorkAccepted,
            assignments.WorkReleased,
            assignments.WorkCompleted,
            assignments.WorkOverflowed,
            assignments.WorkCallbackPromised,
            assignments.AgentStateChanged,
            assignments.AgentSkillsChanged,
            assignments.AgentAdherenceChanged,
        ),
    ),
    Topic(
        "scans",
        "waybill number",
        "Scan events of the courier's own network, produced by the courier's systems",
        ("courier network",),
        ("tracking-gateway",),
        (parcels.ScanRecorded, parcels.ShipmentDeclared),
    ),
    Topic(
        "parcels",
        "parcel id",
        "Normalised parcel facts",
        ("tracking-gateway",),
        ("cases", "insights"),
        (
            parcels.ParcelUpdated,
            parcels.ParcelDelivered,
            parcels.ParcelExceptionOpened,
            parcels.ParcelExceptionClosed,
            parcels.ParcelIncidentOpened,
            parcels.ParcelIncidentJoined,
            parcels.ParcelIncidentClosed,
            parcels.ParcelSnapshotTaken,
            parcels.ParcelNoticeRequested,
        ),
    ),
)

EVENT_TYPES: dict[str, type[EventData]] = {event.event_type: event for topic in TOPICS for event in topic.events}

DEAD_LETTERS_SUFFIX = ".dead-letters"
"""Appended to `<topic>.<consumer group>` for records that could not be handled."""


def topic(name: str) -> Topic:
    """The catalogue entry of a topic; `KeyError` for a name that is not in it."""
    return _BY_NAME[name]


_BY_NAME = {entry.name: entry for entry in TOPICS}
