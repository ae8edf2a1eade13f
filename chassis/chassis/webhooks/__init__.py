"""Webhooks we send: signed as Standard Webhooks, at least once, to addresses a subscriber gave."""

from chassis.webhooks.address import AddressRefused, Destination, check_address, resolve
from chassis.webhooks.sender import Delivery, DeliveryStore, WebhookParameters, WebhookSender, new_secret

__all__ = [
    "AddressRefused",
    "Delivery",
    "DeliveryStore",
    "Destination",
    "WebhookParameters",
    "WebhookSender",
    "check_address",
    "new_secret",
    "resolve",
]
