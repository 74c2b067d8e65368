"""`read_log`: a log of any form, and what its columns are called."""

from __future__ import annotations

from collections.abc import Sequence

from nearfield.logs.checks import check_columns, check_rows
from nearfield.logs.engine import written
from nearfield.logs.log import Log
from nearfield.logs.schema import canonical
from nearfield.logs.sources import FILE_ORDER, Source, open_source
from nearfield.logs.zones import zone_of
from nearfield.reading import step


def read_log(
    source: Source,
    *,
    user: str = "user",
    item: str = "item",
    time: str = "time",
    event: str | None = None,
    value: str | None = None,
    dwell: str | None = None,
    group: str | None = None,
    columns: Sequence[str] | None = None,
    time_unit: str | None = None,
    timezone: str = "UTC",
) -> Log:
    """Read a behaviour log: who did something to what, and when.

    Parameters
    ----------
    source : path, list of paths, table, or Ibis table
        CSV, TSV, Parquet or JSON lines, plain or packed (.gz, .zst), a folder or a glob of one kind; a table of pandas,
        Polars or Arrow; or an Ibis table on any engine, where all that follows then runs. What is no Ibis table is
        worked on by DuckDB, on disk where it is larger than memory. Of a folder all files with such an ending are read,
        those in folders within it too, in the order of their paths; names that begin with a dot or an underscore, such
        as Spark's `_SUCCESS`, are passed over.
    user, item, time : str
        Names of columns. Rows that have nothing in one of them (null, or empty text) are left out, and `report` says
        how many.
    event, value, dwell, group : str, optional
        Columns with the kind of the event (such as click or buy), a number, how long it lasted in seconds, and what the
        item belongs to. Nothing may stand in them.
    columns : sequence of str, optional
        The names of all columns of a CSV or TSV that has no heading.
    time_unit : {"s", "ms", "us"}, optional
        Of times that are numbers since 1970-01-01 UTC. Without it each number's size tells: below 10¹¹ seconds, below
        10¹⁴ milliseconds, else microseconds.
    timezone : str
        Whose clock the times are of that name no zone themselves, and whose days `sessions(gap="day")` means.

    Returns
    -------
    Log

    Raises
    ------
    BadInput
        There is no such file or column, or a time or a number is none; the message names what there is, and file and
        line.
    MissingExtra
        Ibis is not installed: pip install "nearfield[logs]".
    """
    reading = step("read_log", locals(), without=("source",))
    names = {"user": user, "item": item, "time": time, "event": event, "value": value, "dwell": dwell, "group": group}
    zone_of(timezone)
    table, origin = open_source(source, columns)
    check_columns(table, names, time_unit, origin)
    report = check_rows(table, names, time_unit, origin)
    events = canonical(table, names, time_unit=time_unit, timezone=timezone)
    ours = FILE_ORDER in table.columns  # in an engine of our own, where columns are kept as they will be used
    return Log(written(events) if ours else events, timezone=timezone, report=report, reading=reading)
