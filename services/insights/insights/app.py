"""Composition of the insights service."""

from pathlib import Path

from chassis.runtime import Runtime
from chassis.service import Service
from insights.api import kpis
from insights.handlers import HANDLERS
from insights.parameters import KpiParameters
from insights.reports import Reports


def build(runtime: Runtime) -> Service:
    """The service, not yet started."""
    service = Service(
        "insights",
        runtime,
        title="Posthouse insights",
        description="Service level, speed of answer, abandonment and response times, live and over any range.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )
    service.provide("reports", Reports(service.db, service.clock, KpiParameters.load()))
    service.include(kpis.router)
    service.consume(HANDLERS)
    return service
