"""What can be asked of scoring: load, decide, store, announce, in a transaction opened outside."""
