"""Tables and queries of scoring's own schema."""
