"""The commands of `rancak` that speak HTTP to a running system."""
