"""Rules of imports: which column is what, what a cell means, what makes two rows the same."""
