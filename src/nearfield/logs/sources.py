"""From whatever holds a log to an Ibis table with the columns as they stand there."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
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


def open_source(source: Source, columns: Sequence[str] | None) -> tuple[Any, list[Path]]:
    """Return an Ibis table, and the files that it was read from.

    Text is written once into the engine's own storage, untyped; all but Ibis tables get the number of each row.
    """
    ibis = load_ibis()
    if isinstance(source, ibis.Table):
        return source, []
    if not isinstance(source, str | os.PathLike | list | tuple):
        return _table_in_memory(source), []
    files = _files(source)
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise BadInput(f"{files[0].parent}: holds {' and '.join(sorted(kinds))} files; give one kind at a time")
    return _read(files, kinds.pop(), columns), files


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
    names = [str(file) for file in files]
    try:
        if kind == "parquet":
            return _numbered(engine.read_parquet(names))
        if kind == "json":
            return _written(engine, engine.read_json(names, format="newline_delimited"))
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


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
