"""A real Apache Kafka on this machine, from Maven artefacts: for tests and trials, not for production."""

from chassis.kafka_server.artefacts import KafkaUnavailable
from chassis.kafka_server.server import KafkaServer

__all__ = ["KafkaServer", "KafkaUnavailable"]
