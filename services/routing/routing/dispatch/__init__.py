"""Everything around the engine: who owns a domain, how commands reach the owner, and how decisions become durable."""
