"""Rules of notify: pure, standard library only, no clock and no input or output."""
