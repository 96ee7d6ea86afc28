"""The log: gap-free sequences, stored in runs, chained by hash. PostgreSQL holds the truth."""

from shared.log.append import Head, append, lock, lock_and_look, write
from shared.log.run import MAX_RUN, PackedRun, Run

__all__ = ["MAX_RUN", "Head", "PackedRun", "Run", "append", "lock", "lock_and_look", "write"]
