"""Tables and statements of notify's schema."""
