"""`rancak catalogue`: agencies, places, services and their standards, from and to one file."""
