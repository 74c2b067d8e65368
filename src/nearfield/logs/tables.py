"""Parquet files, and tables of pandas, Polars and Arrow, as tables of our engine with the columns asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.io import plain_file
from nearfield.logs.delimited import FILE_ORDER, escaped
from nearfield.logs.dialects import File
from nearfield.logs.engine import engine_errors, first_line, load_ibis


def read_parquet(engine: Any, files: Sequence[File], plain: Sequence[Path], wanted: Sequence[str], time: str) -> Any:
    """Return Parquet files as one table; columns that are of several types in them are text.

    Raises
    ------
    BadInput
        A file is no Parquet, has not all wanted columns, or has a time column of another kind than the others.
    """
    one_type = _check_schemas(files, plain, wanted, time)
    paths = [escaped(path) for path in plain]
    with engine_errors(f"{files[0]}: "):
        table = engine.read_parquet(paths, **({} if one_type else {"union_by_name": True}))
    check_present(table.columns, wanted, f"{files[0]}: ")
    return numbered(table.select(*dict.fromkeys(wanted)))


def _check_schemas(files: Sequence[File], plain: Sequence[Path], wanted: Sequence[str], time: str) -> bool:
    """Whether each wanted column is of one type in all files; `BadInput` where files cannot be read as one."""
    from pyarrow import ArrowException, parquet

    schemas = []
    for file, path in zip(files, plain, strict=True):
        try:
            schemas.append(parquet.read_schema(path.absolute()))  # a name that begins with `s3:` would be an address
        except (ArrowException, OSError) as error:
            raise BadInput(f"{file}: cannot be read as parquet: {first_line(error)}") from error
    same = True
    for name in wanted:
        held = [(file, schema) for file, schema in zip(files, schemas, strict=True) if name in schema.names]
        if held and len(held) < len(files):  # a partition's column stands in the names of the folders
            lacking = next(i for i, schema in enumerate(schemas) if name not in schema.names)
            check_present(schemas[lacking].names, [name], f"{files[lacking]}: ")
        types = {str(schema.field(name).type): (file, schema) for file, schema in held}
        if len(types) > 1:
            same = False
            if name == time and len({kind.partition("[")[0].rstrip("0123456789") for kind in types}) > 1:
                (first, a), (second, b) = list(types.items())[:2]
                beside = f"in {a[0].path.name} of {first}"
                raise BadInput(f"{b[0]}: time is a column of {second}, {beside}; expected one kind in all files")
    return same


def n_rows(file: File) -> int:
    """Count the rows of a Parquet file."""
    from pyarrow import parquet

    with plain_file(file.content) as plain:
        return int(parquet.read_metadata(plain.absolute()).num_rows)


def check_present(columns: Sequence[str], wanted: Sequence[str], where: str) -> None:
    """Raise `BadInput` for the first wanted column that is not there."""
    present = [name for name in columns if name != FILE_ORDER]
    if absent := [name for name in wanted if name not in present]:
        raise BadInput(f"{where}there is no column {absent[0]!r}; there are: {', '.join(map(repr, present)) or 'none'}")


def in_memory(engine: Any, source: Any, wanted: Sequence[str]) -> Any:
    """Return a table of pandas, Polars or Arrow, or a list of dicts, as a table of the engine."""
    with engine_errors("the log: "):
        table = _as_arrow(source, list(dict.fromkeys(wanted)))
        return numbered(engine.create_table("given", table))


def numbered(table: Any) -> Any:
    """Return the table with the number of each row, in the order of the file."""
    return table.mutate(**{FILE_ORDER: load_ibis().row_number().cast("int64")})


def _as_arrow(source: Any, wanted: list[str]) -> Any:
    """The wanted columns as an Arrow table, columns of nothing as text."""
    import pyarrow
    from ibis.formats.pyarrow import PyArrowType

    columns = _columns(source, wanted)
    table = columns if isinstance(columns, pyarrow.Table) else pyarrow.table(columns)
    for i, field in enumerate(table.schema):
        if pyarrow.types.is_null(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pyarrow.string()))
        try:
            PyArrowType.to_ibis(field.type)
        except KeyError:  # types of pandas' own, such as periods
            kind = getattr(field.type, "extension_name", field.type)
            raise BadInput(f"{field.name} is a column of {kind}; expected text, numbers or timestamps") from None
    return table


def _columns(source: Any, wanted: list[str]) -> Any:
    import pyarrow

    package = type(source).__module__.partition(".")[0]
    if isinstance(source, Mapping):
        check_present([str(name) for name in source], wanted, "")
        return {name: pyarrow.array(source[name]) for name in wanted}
    if isinstance(source, list | tuple):
        present = list(dict.fromkeys(name for row in source for name in row))
        check_present(present, wanted, "")
        return {name: _array(name, [row.get(name) for row in source]) for name in wanted}
    if package == "pandas" and hasattr(source, "columns"):
        check_present(list(map(str, source.columns)), wanted, "")
        names = list(map(str, source.columns))
        if any(names.count(name) > 1 for name in wanted):
            raise BadInput(f"the table has two columns of one name among {', '.join(wanted)}; expected each once")
        chosen = source.iloc[:, [names.index(name) for name in wanted]].set_axis(wanted, axis=1)
        try:
            return pyarrow.Table.from_pandas(chosen, preserve_index=False)
        except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):  # says which column it is
            return {name: _array(name, chosen[name].tolist()) for name in wanted}
    if package == "polars" and hasattr(source, "lazy"):
        frame = source.lazy()
        check_present(frame.collect_schema().names(), wanted, "")
        return frame.select(wanted).collect().to_arrow()
    if package == "pyarrow" and hasattr(source, "schema"):
        check_present(source.schema.names, wanted, "")
        table = source.to_table(wanted) if hasattr(source, "to_table") else source
        table = table.read_all() if hasattr(table, "read_all") else table
        table = pyarrow.Table.from_batches([table]) if isinstance(table, pyarrow.RecordBatch) else table
        return table.select(wanted)
    raise BadInput(
        f"the log is a {type(source).__name__}; expected a path, a table of pandas, Polars or Arrow, a list of dicts,"
        " or an Ibis table"
    )


def _array(name: str, values: list[Any]) -> Any:
    import pyarrow

    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        kinds = sorted({type(value).__name__ for value in values if value is not None})
        raise BadInput(f"{name} holds values of {' and '.join(kinds)}; expected one type, such as text") from None
