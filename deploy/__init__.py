"""How Rancak is run: embedded servers for one machine, containers for more."""
