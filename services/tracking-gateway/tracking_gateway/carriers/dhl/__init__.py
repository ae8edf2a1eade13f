"""DHL Shipment Tracking, the unified API of its divisions."""
