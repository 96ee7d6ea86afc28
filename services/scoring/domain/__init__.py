"""Rules of scoring: pure functions, standard library only."""
