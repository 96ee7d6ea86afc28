"""Pages of scoring: the public figures."""
