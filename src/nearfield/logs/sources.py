"""From whatever holds a log to an Ibis table with the columns as they stand there."""

from __future__ import annotations

import glob
import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.engine import answer, load_ibis, new_engine

Source = Any  # a path, several, a table of pandas, Polars or Arrow, or an Ibis table
KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
}
TEXTS = ("csv", "tsv")
PACKED = (".gz", ".zst")
FILE_ORDER = "nearfield_file_order"  # the tie-breaker of events of one moment


@dataclass(frozen=True)
class Origin:
    """Where a table came from, for messages: its files, of which kind, and the names that their columns were given."""

    files: tuple[Path, ...] = ()
    kind: str = ""
    names: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"{self.files[0] if len(self.files) == 1 else os.path.commonpath(self.files)}: " if self.files else ""

    @property
    def heading(self) -> bool:
        """Whether the first line of each file names the columns."""
        return self.kind in TEXTS and self.names is None

    def line_of(self, row: int | None, text: str) -> str:
        """Return the beginning of a message about `text` in this row, with file and line where they can be known.

        Rows are counted without blank lines and line ends within quotes: the line is the first that holds the text and
        is no earlier than that of the row.
        """
        if row is None or not self.files:
            return str(self)
        file, row = self._file_of(row)
        if self.kind == "parquet":
            return f"{file}: row {row + 1}: "
        found = next(_lines_with(file, row + self.heading, text), None)
        return f"{file}: " if found is None else f"{file}:{found}: "

    def _file_of(self, row: int) -> tuple[Path, int]:
        """The file that a row of all files is in, and which row of it it is."""
        engine = new_engine() if len(self.files) > 1 else None
        for file in self.files[:-1]:
            n = answer(_scanned(engine, [file], self.kind, self.names).count().as_table())[0].popitem()[1]
            if row < n:
                return file, row
            row -= n
        return self.files[-1], row


def open_source(source: Source, columns: Sequence[str] | None) -> tuple[Any, Origin]:
    """Return an Ibis table, and where it was read from.

    Text is written once into the engine's own storage, untyped; all but Ibis tables get the number of each row.
    """
    ibis = load_ibis()
    names = None if columns is None else _checked_names(columns)
    if isinstance(source, ibis.Table) or not isinstance(source, str | os.PathLike | list | tuple):
        if names is not None:
            raise BadInput(f"columns is given with a {type(source).__name__}, whose columns have names; leave it out")
        return (source if isinstance(source, ibis.Table) else _table_in_memory(source)), Origin()
    files = _files(source)
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise BadInput(f"{files[0].parent}: holds {' and '.join(sorted(kinds))} files; give one kind at a time")
    kind = kinds.pop()
    if names is not None and kind not in TEXTS:
        raise BadInput(f"{files[0]}: columns is given, but {kind} names its own; leave it out")
    return _read(files, kind, names), Origin(tuple(files), kind, names)


def _checked_names(columns: Sequence[str]) -> tuple[str, ...]:
    if isinstance(columns, str):
        raise BadInput(f"columns is {columns!r}; expected a list of names: {columns.split(',')!r}")
    names = tuple(columns)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"columns is {list(names)!r}; expected the name of each column")
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"columns names {twice[0]!r} twice; expected a name of its own for each column")
    return names


def _table_in_memory(source: Source) -> Any:
    engine = new_engine()
    try:
        return _numbered(engine.create_table("given", source))
    except Exception as error:
        raise BadInput(
            f"the log is a {type(source).__name__}; expected a path, a table of pandas, Polars or Arrow, or an Ibis"
            f" table ({_first_line(error)})"
        ) from error


def _read(files: list[Path], kind: str, names: tuple[str, ...] | None) -> Any:
    engine = new_engine()
    try:
        table = _numbered(_scanned(engine, files, kind, names))
        # what is costly to read is read once
        return table if kind == "parquet" else engine.create_table("raw", table)
    except BadInput:
        raise
    except Exception as error:  # whatever the engine says of a file that it cannot read
        raise BadInput(f"{files[0]}: cannot be read as {kind}: {_first_line(error)}") from error


def _scanned(engine: Any, files: list[Path], kind: str, names: tuple[str, ...] | None) -> Any:
    """The files as a table: text as text, whatever it looks like."""
    # the engine would take a name such as log[1].csv for a pattern, and so one of the folders above a relative path
    paths = [glob.escape(str(file.absolute())) for file in files]
    if kind == "parquet":
        return engine.read_parquet(paths)
    if kind == "json":
        # all as text, as of a CSV: the engine takes 12:00Z for a timestamp and forgets the zone
        found = engine.read_json(paths, format="newline_delimited").columns
        return engine.read_json(paths, format="newline_delimited", columns=dict.fromkeys(found, "VARCHAR"))
    separator = {"sep": "\t"} if kind == "tsv" else {}
    if names is None:
        return engine.read_csv(paths, all_varchar=True, header=True, **separator)
    n_columns = len(engine.read_csv(paths, all_varchar=True, header=False, **separator).columns)
    if n_columns != len(names):
        raise BadInput(f"{files[0]}: has {n_columns} columns, columns names {len(names)}; expected all")
    return engine.read_csv(paths, all_varchar=True, header=False, names=list(names), **separator)


def _numbered(table: Any) -> Any:
    """The table with the number of each row, in the order of the file."""
    return table.mutate(**{FILE_ORDER: load_ibis().row_number().cast("int64")})


def _files(source: Any) -> list[Path]:
    if isinstance(source, list | tuple):
        return [file for one in source for file in _files(one)]
    path = Path(source)
    if path.is_dir():
        found = _log_files(path)
        if not found:
            raise BadInput(f"{path}: holds no log; expected files that end in {', '.join(KINDS)}, plain or packed")
        return found
    found = [path] if path.exists() else sorted(Path(name) for name in glob.glob(str(source)))
    if not found:
        raise BadInput(f"{path}: no such file; expected a log: CSV, TSV, Parquet or JSON lines, a folder or a glob")
    return found


def _log_files(folder: Path) -> list[Path]:
    """Return the files in a folder that are parts of a log, in the order of their paths."""
    return sorted(file for file in folder.rglob("*") if _is_meant(file, folder))


def _is_meant(file: Path, folder: Path) -> bool:
    return ending_of(file) in KINDS and not is_aside(file, folder) and file.is_file()


def is_aside(file: Path, folder: Path) -> bool:
    """Whether a file in a folder is what Spark and others put beside a log, or a part of that."""
    return any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def _kind(file: Path) -> str:
    ending = ending_of(file)
    if ending not in KINDS:
        raise BadInput(f"{file}: ends in {ending or 'nothing'}; expected {', '.join(KINDS)}, plain, .gz or .zst")
    if file.stat().st_size == 0:
        raise BadInput(f"{file}: is empty; expected a log with a heading")
    return KINDS[ending]


def ending_of(file: Path) -> str:
    """Return how the name ends, in small letters, but for the ending of packed files."""
    return (Path(file.stem).suffix if file.suffix in PACKED else file.suffix).lower()


def _lines_with(file: Path, skipped: int, text: str) -> Iterator[int]:
    """Yield the numbers, from 1, of the lines behind the skipped ones that hold `text`."""
    import zstandard

    opened: Any = {".gz": gzip.open, ".zst": zstandard.open}.get(file.suffix, open)
    with opened(file, "rt", encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if number > skipped and text in line:
                yield number


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
