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
from nearfield.logs.engine import load_ibis, new_engine

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
PACKED = (".gz", ".zst")
FILE_ORDER = "nearfield_file_order"  # the tie-breaker of events of one moment


@dataclass(frozen=True)
class Origin:
    """Where a table came from, for messages: its files, and how many lines stand before the rows of a text file."""

    files: tuple[Path, ...] = ()
    heading: int = 0

    def __str__(self) -> str:
        return f"{self.files[0] if len(self.files) == 1 else self.files[0].parent}: " if self.files else ""

    def line_of(self, row: int | None, text: str) -> str:
        """Return the beginning of a message about `text` in this row, with its line where that can be known.

        Rows are counted without blank lines and line ends within quotes: the line is the first that holds the text and
        is no earlier than that of the row.
        """
        if len(self.files) != 1 or row is None or _kind(self.files[0]) == "parquet":
            return str(self)
        found = next(_lines_with(self.files[0], row + self.heading, text), None)
        return str(self) if found is None else f"{self.files[0]}:{found}: "


def open_source(source: Source, columns: Sequence[str] | None) -> tuple[Any, Origin]:
    """Return an Ibis table, and where it was read from.

    Text is written once into the engine's own storage, untyped; all but Ibis tables get the number of each row.
    """
    ibis = load_ibis()
    if isinstance(source, ibis.Table):
        return source, Origin()
    if not isinstance(source, str | os.PathLike | list | tuple):
        return _table_in_memory(source), Origin()
    files = _files(source)
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise BadInput(f"{files[0].parent}: holds {' and '.join(sorted(kinds))} files; give one kind at a time")
    kind = kinds.pop()
    return _read(files, kind, columns), Origin(tuple(files), int(kind in ("csv", "tsv") and columns is None))


def _table_in_memory(source: Source) -> Any:
    engine = new_engine()
    try:
        return _numbered(engine.create_table("given", source))
    except Exception as error:
        raise BadInput(
            f"the log is a {type(source).__name__}; expected a path, a table of pandas, Polars or Arrow, or an Ibis"
            f" table ({_first_line(error)})"
        ) from error


def _read(files: list[Path], kind: str, columns: Sequence[str] | None) -> Any:
    engine = new_engine()
    names = [glob.escape(str(file)) for file in files]  # the engine would take a name such as log[1].csv for a pattern
    try:
        if kind == "parquet":
            return _numbered(engine.read_parquet(names))
        if kind == "json":
            # all as text, as of a CSV: the engine takes 12:00Z for a timestamp and forgets the zone
            found = engine.read_json(names, format="newline_delimited").columns
            texts = dict.fromkeys(found, "VARCHAR")
            return _written(engine, engine.read_json(names, format="newline_delimited", columns=texts))
        options: dict[str, Any] = {"sep": "\t"} if kind == "tsv" else {}
        if columns is not None:
            options |= {"header": False, "names": list(columns)}
        else:
            options["header"] = True
        return _written(engine, engine.read_csv(names, all_varchar=True, **options))
    except BadInput:
        raise
    except Exception as error:  # whatever the engine says of a file that it cannot read
        raise BadInput(f"{files[0]}: cannot be read as {kind}: {_first_line(error)}") from error


def _numbered(table: Any) -> Any:
    """The table with the number of each row, in the order of the file."""
    return table.mutate(**{FILE_ORDER: load_ibis().row_number().cast("int64")})


def _written(engine: Any, table: Any) -> Any:
    """What is costly to read is read once."""
    return engine.create_table("raw", _numbered(table))


def _files(source: Any) -> list[Path]:
    if isinstance(source, list | tuple):
        return [file for one in source for file in _files(one)]
    path = Path(source)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if _ending(file) in KINDS and not file.name.startswith("."))
        if not found:
            raise BadInput(f"{path}: holds no log; expected files that end in {', '.join(KINDS)}, plain or packed")
        return found
    found = [path] if path.exists() else sorted(Path(name) for name in glob.glob(str(source)))
    if not found:
        raise BadInput(f"{path}: no such file; expected a log: CSV, TSV, Parquet or JSON lines, a folder or a glob")
    return found


def _kind(file: Path) -> str:
    ending = _ending(file)
    if ending not in KINDS:
        raise BadInput(f"{file}: ends in {ending or 'nothing'}; expected {', '.join(KINDS)}, plain, .gz or .zst")
    if file.stat().st_size == 0:
        raise BadInput(f"{file}: is empty; expected a log with a heading")
    return KINDS[ending]


def _ending(file: Path) -> str:
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
