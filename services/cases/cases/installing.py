"""Installs the rooms for files, persons' rights and money beside the cases themselves."""

from pathlib import Path

from cases.actions.erasing import RETENTION_TIMER, Eraser
from cases.actions.filing import BLOB_TIMER, FileRoom
from cases.actions.office import Office
from cases.api import attachments, contact_points, lessons, payouts, persons
from chassis.files.settings import FileSettings
from chassis.service import Service


def install(service: Service, office: Office) -> None:
    """Files of cases; contact points, export and erasure; payouts, sanctions and improvements."""
    settings = FileSettings()
    folder = Path(service.runtime.settings.data_dir) / service.name / "blobs"
    room = FileRoom(settings.blobs(service.name, folder), settings.scanner(), office.parameters)
    eraser = Eraser(office)
    service.provide("files", room)
    service.provide("eraser", eraser)
    for module in (attachments, contact_points, persons, payouts, lessons):
        service.include(module.router)
    service.on_timer(BLOB_TIMER, room.on_blob)
    service.on_timer(RETENTION_TIMER, eraser.on_retention_over)
