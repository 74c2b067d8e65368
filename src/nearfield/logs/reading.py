"""`read_log`: a log of any form, and what its columns are called."""

from __future__ import annotations

from collections.abc import Sequence

from nearfield.errors import BadInput
from nearfield.logs.cells import check_nulls, whole_text
from nearfield.logs.checks import check_columns, check_rows
from nearfield.logs.dialects import Dialect
from nearfield.logs.engine import engine_errors, written
from nearfield.logs.log import Log
from nearfield.logs.schema import REQUIRED, canonical, written_as_floats
from nearfield.logs.sources import Source, opened
from nearfield.logs.times import survey
from nearfield.logs.zones import zone_of
from nearfield.parameters import checks_arguments
from nearfield.reading import step


@checks_arguments
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
    time_format: str | None = None,
    timezone: str = "UTC",
    separator: str | None = None,
    quote: str | None = '"',
    escape: str | None = None,
    encoding: str | None = None,
    nulls: Sequence[str] | None = None,
) -> Log:
    """Read a behaviour log: who did something to what, and when.

    Parameters
    ----------
    source : path, list of paths, table, list of dicts, or Ibis table
        CSV, TSV, Parquet or JSON lines, plain or compressed (.gz, .zst, .bz2), a folder or a glob of one kind; "-",
        standard input; a table of pandas, Polars or Arrow; or an Ibis table on any engine, where all that follows then
        runs. What is no Ibis table is worked on by DuckDB, on disk where it is larger than memory. Of a folder all
        files with such an ending are read, those in folders within it too, in the order of their paths; names that
        begin with a dot or an underscore, such as Spark's `_SUCCESS`, are passed over.
    user, item, time : str
        Names of columns. Rows that have nothing in one of them are left out, and `report` says how many. Ids are text,
        numbers, dates or booleans, and known by their value: 20.0 is 20.
    event, value, dwell, group : str, optional
        Columns with the kind of the event (such as click or buy), a number, how long it lasted in seconds, and what the
        item belongs to. Nothing may stand in them.
    columns : sequence of str, optional
        The names of all columns of a CSV or TSV that has no header row.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Of times that are numbers since 1970-01-01 UTC. Without it they are read in the unit in which they are from 1980
        to two years from now, or as dates: 20240131, 20240131235959; numbers that are neither are refused.
    time_format : str, optional
        How times are written, as for `strptime`: "%d/%m/%Y %H:%M". Without it ISO 8601 and what is like it is read:
        2024-01-31T23:59Z, 20240131T235959, 2024/1/31 23:59, 2024年1月31日 23:59, 2024-01-31 23:59:59 GMT.
    timezone : str
        Whose clock the times are of that name no zone themselves, and whose days `sessions(gap="day")` means.
    separator, quote, escape : str, optional
        Of CSV and TSV: RFC 4180, that is quotes around cells with a separator or a line end, and doubled within; a tab
        in TSV, else the comma, tab, semicolon or pipe that splits the header row. `quote=""`: quotes are ordinary
        characters; `escape="\\\\"`: a backslash stands before them.
    encoding : str, optional
        Of text that is not UTF-8, such as "gb18030".
    nulls : sequence of str, optional
        Texts that stand for nothing; the empty one always does. By default also NULL, null, \\N, NaN, nan, NaT, NA,
        N/A, #N/A, None and <NA>.

    Returns
    -------
    Log
        Its `clock` says how times were read, and from when to when they go.

    Raises
    ------
    BadInput
        There is no such file or column, a row has too many or too few cells, or a time or a number is none; the message
        names what there is, and file and line.
    MissingExtra
        Ibis is not installed: pip install "nearfield[logs]".
    """
    settings = step("read_log", locals(), without=("source",))
    given = {"user": user, "item": item, "time": time, "event": event, "value": value, "dwell": dwell, "group": group}
    for role in given:
        if not (isinstance(given[role], str) or (given[role] is None and role not in REQUIRED)):
            raise BadInput(f"{role} is {given[role]!r}; expected the name of a column")
    names = {role: name for role, name in given.items() if name is not None}
    zone_of(timezone)
    nothing = check_nulls(nulls)
    with opened(source, names, columns, Dialect(separator, quote, escape, encoding)) as (table, origin):
        where = str(origin)
        with engine_errors(where):
            check_columns(table, names, time_unit, time_format, where)
            reading = survey(table, names["time"], timezone, nothing, time_unit, time_format)
            table, expressions = canonical(table, names, reading, nothing)
            ours = "place" in expressions  # in an engine of our own, where columns are kept as they will be used
            events = table.select(**expressions)
            events = written(events) if ours else events
            if whole := written_as_floats(events, table, names):
                events = events.mutate(**{role: whole_text(events[role]) for role in whole})
                events = written(events) if ours else events
            complete, report = check_rows(table, events, expressions, names, reading, origin)
    return Log(complete, timezone=timezone, report=report, reading=settings, times=str(reading))
