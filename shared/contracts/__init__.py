"""What travels between services: the data of every event, as strict msgspec Structs. Add-only."""
