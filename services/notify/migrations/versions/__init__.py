"""One file per revision of notify's schema."""
