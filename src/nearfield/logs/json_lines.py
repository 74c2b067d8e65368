"""JSON lines into the engine's storage, as text, with only the columns that are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.io import open_input
from nearfield.logs.delimited import FILE_ORDER, escaped, quoted_name, quoted_text
from nearfield.logs.dialects import File
from nearfield.logs.engine import answer, engine_errors


def load(engine: Any, files: Sequence[File], plain: Sequence[Path], wanted: Sequence[str]) -> Any:
    """Return files as one table with the wanted columns as text; `plain` has their content decompressed and in UTF-8.

    Raises
    ------
    BadInput
        A line that is no JSON object, a list or an object in a wanted column, or one that no object has.
    """
    wanted = list(dict.fromkeys(wanted))
    _create(engine, files, plain, wanted, [quoted_name(name) for name in wanted], "VARCHAR")
    table = engine.table("raw")
    suspect = [(table[name].left(1).isin(["[", "{"]) | table[name].endswith(".0")).any() for name in wanted]
    if any(answer(table.aggregate(**{f"s{i}": test for i, test in enumerate(suspect)}))[0].values()):
        # it may be text, or a list, an object or a number: once more with the types, which takes longer
        _create(engine, files, plain, wanted, [_value(name) for name in wanted], "JSON")
        table = engine.table("raw")
    _check_present(table, files[0], plain, wanted)
    return table


def _create(
    engine: Any, files: Sequence[File], plain: Sequence[Path], wanted: list[str], values: list[str], kind: str
) -> None:
    """Make the table `raw` of the files: `values` are expressions over columns of this type, one for each wanted."""
    paths = ", ".join(quoted_text(escaped(path)) for path in plain)
    types = ", ".join(f"{quoted_text(name)}: '{kind}'" for name in wanted)
    layout = "array" if all(_begins_with_a_list(path) for path in plain) else "newline_delimited"
    columns = ", ".join(f"{value} AS {quoted_name(name)}" for name, value in zip(wanted, values, strict=True))
    # text as text, whatever it looks like: of 12:00Z the engine would make a timestamp and forget the zone
    sql = (
        f"CREATE OR REPLACE TABLE raw AS SELECT {columns}, row_number() OVER () - 1 AS {FILE_ORDER} FROM"
        f" read_json([{paths}], format = '{layout}', auto_detect = false, columns = {{{types}}},"
        f" hive_partitioning = false, maximum_object_size = {1 << 25})"
    )
    try:
        with engine_errors(f"{files[0]}: "):
            engine.raw_sql(sql)
    except BadInput:
        for file, path in zip(files, plain, strict=True):
            _check(file, path, wanted)
        raise


def _value(name: str) -> str:
    column = quoted_name(name)
    nested = f"json_type({column}) IN ('ARRAY', 'OBJECT')"
    text = f"{column} ->> '$'"
    whole = f"json_type({column}) = 'DOUBLE' THEN regexp_replace({text}, '\\.0$', '')"  # 20.0 is 20
    return f"CASE WHEN {nested} THEN error('a list or an object') WHEN {whole} ELSE {text} END"


def _check(file: File, plain: Path, wanted: Sequence[str]) -> None:
    """Raise `BadInput` for the first line at fault."""
    for number, line in lines(plain):
        try:
            row = json.loads(line)
        except UnicodeDecodeError:
            fix = "name its encoding, such as encoding='gb18030' (--encoding gb18030), or convert it to UTF-8"
            raise BadInput(f"{file}:{number}: is not UTF-8; {fix}") from None
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{file}:{number}: is no JSON ({error}); expected one object a line") from None
        for entry in row if isinstance(row, list) else [row]:
            if not isinstance(entry, dict):
                raise BadInput(f"{file}:{number}: is {json.dumps(entry)[:40]}; expected one object a line")
            for name in wanted:
                if isinstance(entry.get(name), list | dict):
                    text = json.dumps(entry[name], ensure_ascii=False)[:40]
                    fix = "expected one value; write a line for each"
                    raise BadInput(f"{file}:{number}: {name} is {text}; {fix}")


def lines(path: Path, encoding: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank with their numbers, from 1."""
    with open_input(path, encoding) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def line_of_row(path: Path, row: int, encoding: str | None = None) -> int | None:
    """Return the line on which a row stands, counted from 0."""
    return next((number for i, (number, _) in enumerate(lines(path, encoding)) if i == row), None)


def _check_present(table: Any, first: File, plain: Sequence[Path], wanted: Sequence[str]) -> None:
    counts = answer(
        table.aggregate(all=table.count(), **{f"n{i}": table[name].count() for i, name in enumerate(wanted)})
    )
    empty = [name for i, name in enumerate(wanted) if not counts[0][f"n{i}"]]
    if not empty or not counts[0]["all"]:
        return
    present: dict[str, None] = {}
    for path in plain:
        for _, line in lines(path):
            row = json.loads(line)
            for entry in row if isinstance(row, list) else [row]:
                present |= dict.fromkeys(entry)
    if absent := [name for name in empty if name not in present]:
        raise BadInput(f"{first}: there is no column {absent[0]!r}; there are: {', '.join(map(repr, present))}")


def _begins_with_a_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1 << 12).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
