"""A simulated city for showing Rancak: seeded, deterministic, marked as an example."""
