"""Intake, scoring and notify; each folder is one service, `cli.py` is the `rancak` command."""
