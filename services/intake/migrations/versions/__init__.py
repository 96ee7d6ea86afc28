"""One file per revision of intake's schema."""
