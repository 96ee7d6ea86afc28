"""Routes of intake: HTTP in, use case, HTTP out."""
