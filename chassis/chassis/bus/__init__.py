"""The message bus: its port (`chassis.bus.port`) and its two adapters."""
