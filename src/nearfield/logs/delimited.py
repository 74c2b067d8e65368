"""CSV and TSV into the engine's storage, as text, with only the columns that are asked for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from nearfield.errors import BadInput
from nearfield.logs.dialects import Dialect, File, with_separator
from nearfield.logs.engine import engine_errors, first_line

FILE_ORDER = "nearfield_file_order"  # the tie-breaker of events of one moment
LONGEST_ROW = 1 << 25  # bytes


class Layout(NamedTuple):
    """How the rows of a file are laid out.

    dialect; names of the columns; whether the first row has them; how many blank lines the file begins with.
    """

    dialect: Dialect
    names: tuple[str, ...]
    header: bool
    blank: int


def layout_of(file: File, dialect: Dialect, wanted: Sequence[str], columns: tuple[str, ...] | None) -> Layout:
    """Return the layout of a file.

    Raises
    ------
    BadInput
        A column that is wanted is not there or there twice, or `columns` are not as many as the first row has cells.
    """
    dialect = with_separator(dialect, file, wanted, None if columns is None else len(columns))
    begin, cells = next(dialect.rows(file), (1, []))
    if not cells:
        raise BadInput(f"{file}: is empty; expected a log with a header row")
    if columns is not None and len(cells) != len(columns):
        raise BadInput(f"{file}: has {len(cells)} columns, columns names {len(columns)}; expected all")
    names = tuple(cells) if columns is None else columns
    for name in wanted:
        if name not in names:
            raise BadInput(f"{file}: {missing(name, names, dialect, header=columns is None)}")
        if names.count(name) > 1:
            raise BadInput(f"{file}: the header row names {name!r} twice; expected each column once")
    return Layout(dialect, names, columns is None, begin - 1)


def missing(name: str, names: Sequence[str], dialect: Dialect, *, header: bool) -> str:
    """Say that a column is not there, which there are, and what may be the matter."""
    text = f"there is no column {name!r}; there are: {', '.join(map(repr, names)) or 'none'}"
    if not header:
        return text
    if len(names) == 1:
        return f"{text} (split by {dialect.named()}); name the separator, such as separator=';'"
    if alike := [other for other in names if other.casefold() == name.casefold()]:
        return f"{text}; name it as it is written: {alike[0]!r}"
    if any(other.strip() == name for other in names):
        return f"{text}; name the space as a part of the separator: separator={dialect.separator + ' '!r}"  # type: ignore[operator]
    return f"{text}; if the first line is no header row, name them: columns=[…]"


class Loader:
    """Puts files into one table `raw` of an engine, in their order, with the number of each row."""

    def __init__(self, engine: Any, wanted: Sequence[str]) -> None:
        self._engine, self._wanted = engine, list(dict.fromkeys(wanted))
        columns = ", ".join(f"{quoted_name(name)} VARCHAR" for name in self._wanted)
        self._engine.raw_sql(f"CREATE TABLE raw ({columns}, {FILE_ORDER} BIGINT)")
        self.n_rows = 0

    def load(self, files: Sequence[File], plain: Sequence[Path], layout: Layout) -> None:
        """Put files of one layout in; `plain` is where the content of each is decompressed and in UTF-8."""
        try:
            with engine_errors():
                self._insert(plain, layout, strict=True)
        except BadInput as error:
            counts = [n_rows(file, layout) for file in files]  # raises where it is at fault
            # what Python reads and the engine does not in its strict mode: line ends of several kinds in one file
            before = self.n_rows
            with engine_errors(f"{files[0]}: "):
                self._insert(plain, layout, strict=False)
            if self.n_rows - before != sum(counts):
                raise BadInput(f"{files[0]}: cannot be read as delimited text: {first_line(error)}") from error

    def _insert(self, plain: Sequence[Path], layout: Layout, *, strict: bool) -> None:
        places = {name: i for i, name in enumerate(layout.names)}
        columns = ", ".join(f'"c{places[name]}"' for name in self._wanted)
        sql = (
            f"INSERT INTO raw SELECT {columns}, row_number() OVER () - 1 + {self.n_rows}"
            f" FROM {scan(plain, layout, strict=strict)}"
        )
        self.n_rows += int(self._engine.con.execute(sql).fetchone()[0])

    def table(self) -> Any:
        """Return the table."""
        return self._engine.table("raw")


def scan(plain: Sequence[Path], layout: Layout, *, strict: bool) -> str:
    """Return the expression of DuckDB that reads files with a layout; columns are c0, c1, …"""
    dialect = layout.dialect
    quote = dialect.quote or ""
    escape = quote if dialect.escape is None else dialect.escape
    paths = ", ".join(quoted_text(escaped(path)) for path in plain)
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.names)))
    options = {
        "auto_detect": "false",
        "header": str(layout.header).lower(),
        "skip": str(layout.blank),
        "delim": quoted_text(dialect.separator or ","),
        "quote": quoted_text(quote),
        "escape": quoted_text(escape if quote else ""),
        "columns": f"{{{columns}}}",
        "strict_mode": str(strict).lower(),
        "max_line_size": str(LONGEST_ROW),
        "hive_partitioning": "false",
    }
    return f"read_csv([{paths}], {', '.join(f'{name} = {value}' for name, value in options.items())})"


def n_rows(file: File, layout: Layout) -> int:
    """Count the rows of a file with Python.

    Raises
    ------
    BadInput
        A row that has not as many cells as there are columns, or is at fault otherwise, with file and line.
    """
    n = 0
    expected = len(layout.names)
    for line, cells in layout.dialect.rows(file):
        if len(cells) < expected or any(cells[expected:]):
            what = "the header row has" if layout.header else "columns names"
            fix = f"a cell that holds a {layout.dialect.named()} stands in quotes"
            raise BadInput(f"{file}:{line}: has {len(cells)} cells, {what} {expected}; expected as many ({fix})")
        n += 1
    return n - layout.header


def line_of_row(file: File, layout: Layout, row: int) -> int | None:
    """Return the line on which a row begins, rows counted from 0 without the header row."""
    lines = (line for line, _ in layout.dialect.rows(file))
    return next(islice(lines, row + layout.header, None), None)


def escaped(path: Path) -> str:
    """Return a path as the engine takes it, which would take a name such as log[1].csv for a pattern."""
    return glob.escape(str(path.absolute()))


def quoted_text(text: str) -> str:
    """Return text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(text: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + text.replace('"', '""') + '"'
