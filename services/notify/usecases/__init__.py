"""What notify does, each in a transaction that it did not open."""
