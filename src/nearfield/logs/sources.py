"""From whatever holds a log to an Ibis table with the columns as they stand there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.io import compression, ending, find_files, is_regular, plain_file
from nearfield.logs import delimited, json_lines, tables
from nearfield.logs.delimited import Layout
from nearfield.logs.dialects import Dialect, File
from nearfield.logs.engine import load_ibis, new_engine

Source = Any  # a path, several, a table of pandas, Polars or Arrow, a list of dicts, or an Ibis table
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


@dataclass
class Origin:
    """Where a table came from, for messages: its files, of which kind, and how the rows of text are laid out."""

    files: tuple[File, ...] = ()
    kind: str = ""
    named: bool = False  # whether the names of columns were given
    encoding: str | None = None
    layouts: list[Layout] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.files:
            return ""
        return f"{self.files[0] if len(self.files) == 1 else os.path.commonpath([file.path for file in self.files])}: "

    def place_of(self, row: int | None) -> str:
        """Return the beginning of a message about a row, with file and line where they can be known."""
        if row is None or not self.files:
            return "" if row is None else f"row {row + 1}: "
        number, row = self._file_of(row)
        file = self.files[number]
        if self.kind == "parquet":
            return f"{file}: row {row + 1}: "
        if self.kind == "json":
            line = json_lines.line_of_row(file.content, row, self.encoding)
        else:
            line = delimited.line_of_row(file, self.layouts[number], row)
        return f"{file}: " if line is None else f"{file}:{line}: "

    def _file_of(self, row: int) -> tuple[int, int]:
        """Which of the files a row of all is in, and which row of it it is."""
        for number in range(len(self.files) - 1):
            n = self._count(number)
            if row < n:
                return number, row
            row -= n
        return len(self.files) - 1, row

    def _count(self, number: int) -> int:
        file = self.files[number]
        if self.kind == "parquet":
            return tables.n_rows(file)
        if self.kind == "json":
            return sum(1 for _ in json_lines.lines(file.content, self.encoding))
        return delimited.n_rows(file, self.layouts[number])


@contextmanager
def opened(
    source: Source, wanted: Mapping[str, str], columns: Sequence[str] | None, dialect: Dialect
) -> Iterator[tuple[Any, Origin]]:
    """Yield an Ibis table with the wanted columns, and where it was read from; it is good within the block only.

    Text is written once into the engine's own storage, untyped; all but Ibis tables get the number of each row.

    Parameters
    ----------
    source
        What `read_log` takes.
    wanted : mapping of role to name
        The columns.
    columns : sequence of str, optional
        The names of the columns of delimited text without a header row.
    dialect : Dialect
    """
    ibis = load_ibis()
    names = None if columns is None else _checked_names(columns)
    roles = list(wanted.values())
    if not _is_paths(source):
        if names is not None or dialect != Dialect():
            what = "columns is" if names is not None else "separator, quote, escape or encoding are"
            raise BadInput(f"{what} given with a {type(source).__name__}, whose columns have names; leave it out")
        if isinstance(source, ibis.Table):
            tables.check_present(source.columns, roles, "")
            yield source, Origin()
        else:
            yield tables.in_memory(new_engine(), source, roles), Origin()
        return
    paths = _files(source)
    with ExitStack() as stack:
        # what can be read only once is copied
        files = [File(path, path if is_regular(path) else stack.enter_context(plain_file(path))) for path in paths]
        kinds = {_kind(file, dialect) for file in files}
        if len(kinds) > 1:
            raise BadInput(f"{paths[0].parent}: holds {' and '.join(sorted(kinds))} files; give one kind at a time")
        kind = kinds.pop()
        if kind not in TEXTS and (names is not None or dialect != Dialect(encoding=dialect.encoding)):
            what = "columns is" if names is not None else "separator, quote or escape are"
            raise BadInput(f"{paths[0]}: {what} given, but {kind} names its own; leave it out")
        if kind == "parquet" and dialect.encoding is not None:
            raise BadInput(f"{paths[0]}: encoding is given, but parquet has its own; leave it out")
        origin = Origin(tuple(files), kind, names is not None, dialect.encoding)
        yield _read(stack, origin, wanted, names, dialect), origin


def _is_paths(source: Any) -> bool:
    if isinstance(source, list | tuple):
        if not source:
            raise BadInput("the log is an empty list; expected paths, or one dict for each event")
        return not all(isinstance(entry, Mapping) for entry in source)
    return isinstance(source, str | os.PathLike)


def _checked_names(columns: Sequence[str]) -> tuple[str, ...]:
    if isinstance(columns, str):
        raise BadInput(f"columns is {columns!r}; expected a list of names: {columns.split(',')!r}")
    names = tuple(columns)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"columns is {list(names)!r}; expected the name of each column")
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"columns names {twice[0]!r} twice; expected a name of its own for each column")
    return names


def _read(
    stack: ExitStack, origin: Origin, wanted: Mapping[str, str], names: tuple[str, ...] | None, dialect: Dialect
) -> Any:
    engine, roles = new_engine(), list(wanted.values())
    if origin.kind in TEXTS:
        origin.layouts += [delimited.layout_of(file, dialect, roles, names) for file in origin.files]
        loader = delimited.Loader(engine, roles)
        for _, group in groupby(zip(origin.files, origin.layouts, strict=True), key=_alike):
            files, layouts = zip(*group, strict=True)
            with ExitStack() as content:
                plain = [content.enter_context(plain_file(file.content, dialect.encoding)) for file in files]
                loader.load(files, plain, layouts[0])
        return loader.table()
    plain = [stack.enter_context(plain_file(file.content, dialect.encoding)) for file in origin.files]
    if origin.kind == "json":
        return json_lines.load(engine, origin.files, plain, roles)
    return tables.read_parquet(engine, origin.files, plain, roles, wanted["time"])


def _alike(pair: tuple[File, Layout]) -> tuple[Layout, Path | None]:
    """What files share that are read at once: their layout; those that are copied first are read one by one."""
    file, layout = pair
    return layout, file.path if compression(file.content) or layout.dialect.encoding else None


def _files(source: Any) -> list[Path]:
    entries = list(source) if isinstance(source, list | tuple) else [source]
    files: list[Path] = []
    for entry in entries:
        if not isinstance(entry, str | os.PathLike):
            raise BadInput(
                f"the log is a list with a {type(entry).__name__}; expected paths, or one dict for each event"
            )
        path = Path(entry)
        if path.is_dir():
            below = [file for file in find_files(path) if ending(file) in KINDS and not is_aside(file, path)]
            if not below:
                raise BadInput(f"{path}: holds no log; expected files that end in {', '.join(KINDS)}, or compressed")
            files += below
        else:
            files += find_files(entry)
    return files


def is_aside(file: Path, folder: Path) -> bool:
    """Whether a file in a folder is what Spark and others put beside a log, or a part of that."""
    return any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def _kind(file: File, dialect: Dialect) -> str:
    """The kind of a file by its ending; of what has none, such as a pipe, by its first bytes."""
    end = ending(file.path)
    if end in KINDS:
        if file.content.stat().st_size == 0:
            raise BadInput(f"{file}: is empty; expected a log with a header row")
        return KINDS[end]
    if file.content != file.path:
        with file.content.open("rb") as content:
            head = content.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        return "parquet" if head.startswith(b"PAR1") else "json" if head[:1] in (b"{", b"[") else "csv"
    if dialect.separator is not None:
        return "csv"
    fix = "; if it is delimited text, name its separator"
    raise BadInput(f"{file}: ends in {end or 'nothing'}; expected {', '.join(KINDS)}, plain or compressed{fix}")
