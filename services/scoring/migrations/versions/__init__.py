"""One file per revision of scoring's schema."""
