"""Topic `customers`: what every keeper of personal data must know of a customer. Key: customer id. Producer: cases."""

from uuid import UUID

from contracts.event import EventData, Instant

TOPIC = "customers"


class CustomerErased(EventData, type="posthouse.customer.erased.v1", topic=TOPIC, key="customer_id"):
    """A customer's data was erased on their request: keepers of copies erase theirs.

    `interaction_ids` are the exchanges whose content and addresses go; what a law keeps for longer is not among them
    and follows with an event of its own when its time is over. The event itself names no person.
    """

    customer_id: UUID
    interaction_ids: tuple[UUID, ...]
    erased_at: Instant
