"""What can be asked of intake: load, decide, store, announce, in a transaction opened outside."""
