"""HTTP routes of notify."""
