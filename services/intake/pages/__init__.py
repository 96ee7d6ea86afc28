"""Pages of intake: the citizens' form."""
