"""The bus on Apache Kafka, through aiokafka: for production.

The brokers must have `auto.create.topics.enable=false`: a client asking for a topic would create it otherwise, with the
wrong number of partitions.
"""

from chassis.bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
