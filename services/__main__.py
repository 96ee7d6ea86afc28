"""`python -m services`: the `rancak` command from a checkout."""

from services.cli import main

main()
