"""Routes of scoring: HTTP in, use case, HTTP out."""
