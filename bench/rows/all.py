"""All rows, in the order of the table."""

from collections.abc import Sequence

from bench.options import RowKind
from bench.rows import accept_batch, accept_single, apply

KINDS: Sequence[RowKind] = (
    RowKind((apply.NAME,), 5, apply.measure),
    RowKind((accept_batch.NAME,), 5, accept_batch.measure),
    RowKind((accept_single.NAME,), 5, accept_single.measure),
)
