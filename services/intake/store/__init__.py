"""Tables and queries of intake's own schema."""
