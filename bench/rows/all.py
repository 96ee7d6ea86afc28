"""All rows, in the order of the table."""

from collections.abc import Sequence

from bench.options import RowKind
from bench.rows import (
    accept_batch,
    accept_single,
    applications,
    apply,
    due_scan,
    end_to_end,
    freshness,
    growth,
    query,
    report,
)

KINDS: Sequence[RowKind] = (
    RowKind((apply.NAME,), 5, apply.measure),
    RowKind((accept_batch.NAME,), 5, accept_batch.measure),
    RowKind((accept_single.NAME,), 5, accept_single.measure),
    RowKind((end_to_end.NAME, end_to_end.MEMORY), 60, end_to_end.measure),
    RowKind((freshness.NAME,), 10, freshness.measure),
    RowKind((growth.NAME,), 5, growth.measure),
    RowKind((query.NAME,), 5, query.measure),
    RowKind((report.NAME,), 0, report.measure),
    RowKind((applications.NAME,), 0, applications.measure),
    RowKind((due_scan.NAME,), 0, due_scan.measure),
)
