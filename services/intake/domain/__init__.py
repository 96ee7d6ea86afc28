"""Rules of intake: pure functions, standard library only."""
