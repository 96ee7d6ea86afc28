"""Wordings come in both languages at once, so that rules can say them without knowing a reader."""

# Indonesian, English.
Words = tuple[str, str]
