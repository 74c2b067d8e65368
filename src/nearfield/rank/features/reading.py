"""`read_examples` and `stream_examples`: from files or tables to rows of features, all at once or block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from nearfield.columns import HashBits, Schema
from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.io import Source, find_files
from nearfield.parameters import checks_arguments
from nearfield.rank.features.bad_rows import BadRows, OnBadRow
from nearfield.rank.features.cells import MISSING
from nearfield.rank.features.detection import FORMATS, Format, format_of
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.memory import tables_of
from nearfield.rank.features.names import Ids, Names, Slots
from nearfield.rank.features.unknown import UnknownFeatures

VOWPAL_BITS = 18  # as Vowpal Wabbit has it


Input = Any  # the path of a file, or a polars.DataFrame


class Reader(Protocol):
    """What reads one format; `unknown` counts the features that a given space does not have."""

    unknown: UnknownFeatures

    def blocks(self, source: Input) -> Iterator[Examples]:
        """Yield the rows of a file or a table, a block at a time."""

    def fix_fields(self) -> None:
        """Take the fields that have come for all that there are."""

    def space(self) -> FeatureSpace:
        """The space of all that has been read."""


class ExampleStream:
    """Blocks of examples, read anew in each iteration; see `stream_examples`.

    Attributes
    ----------
    space : FeatureSpace or None
        That of all blocks that the last iteration has yielded.
    n_rows, skipped : int
        How many rows it has yielded, and how many bad ones it has left out.
    """

    def __init__(self, inputs: list[Input], options: dict[str, Any], on_bad_row: OnBadRow) -> None:
        self._inputs, self._options = inputs, options
        self._bad = BadRows(on_bad_row)
        self._policy: OnBadRow = on_bad_row
        Reading(inputs, self._bad, **options)  # what is wrong with the options is said now
        self.space: FeatureSpace | None = None
        self.n_rows = 0

    @property
    def skipped(self) -> int:
        """How many bad rows have been left out."""
        return self._bad.skipped

    def __iter__(self) -> Iterator[Examples]:
        self._bad, self.n_rows, self.space = BadRows(self._policy), 0, None
        reading = Reading(self._inputs, self._bad, **self._options)
        for block in reading.blocks(fix_fields=True):
            self.space, self.n_rows = reading.space(), self.n_rows + len(block)
            yield block.relabelled(self.space) if block.space.begins(self.space) else block
        reading.end()


class Reading:
    """One pass over inputs; the parameters are those of `read_examples`."""

    def __init__(self, inputs: list[Input], bad: BadRows, **options: Any) -> None:
        self._inputs, self._bad, space = inputs, bad, options.get("space")
        self.crossed: FeatureSpace | None = None if space is None or space.crossed is None else space
        if self.crossed is not None:
            options = options | {"space": self.crossed.crossed.space}  # type: ignore[union-attr]
        self._known = space is not None
        self._labels = Labels(options.pop("positive", None), classes=options.pop("classes", True))
        self._reader = make_reader(inputs, bad, self._labels, **options)
        self._n_rows = 0

    def blocks(self, *, fix_fields: bool = False) -> Iterator[Examples]:
        """Yield all rows, crossed where the space is that of crossed rows."""
        for source in self._inputs:
            for block in self._reader.blocks(source):
                if fix_fields:
                    self._reader.fix_fields()
                self._n_rows += len(block)
                yield block if self.crossed is None else block.in_space(self.crossed)

    def space(self) -> FeatureSpace:
        """The space of all that has been read."""
        return self._reader.space() if self.crossed is None else self.crossed

    def end(self) -> dict[str, int]:
        """Say what was left out, refuse what cannot be meant, and return how many features were unknown, by field."""
        where = self._inputs[0] if isinstance(self._inputs[0], Path) else "the table"
        if not self._n_rows:
            skipped = f"; {self._bad.skipped:,} bad ones were left out" if self._bad.skipped else ""
            raise BadInput(f"{where}: holds no row{skipped}")
        self._labels.check(str(where), known=self._known)
        self._bad.warn()
        self._reader.unknown.warn()
        return dict(self._reader.unknown.counts)


@checks_arguments
def read_examples(
    source: Source | Any,
    *,
    format: Format | None = None,
    label: str | None = "label",
    positive: str | float | bool | None = None,
    classes: bool = True,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    time_unit: str | None = None,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    space: FeatureSpace | None = None,
    unknown: Literal["drop", "grow"] = "drop",
    bits: HashBits | None = None,
    fields: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    missing: Sequence[str] = MISSING,
    on_bad_row: OnBadRow = "raise",
) -> Examples:
    """Read rows to learn from, or to predict.

    | format | a row | features | fields |
    |---|---|---|---|
    | libsvm, libfm | `label [qid:group] feature:value … [# comment]` | their numbers | one |
    | libffm | `label field:feature:value …` | their numbers | by number |
    | vw | `label [weight] [tag]|namespace feature:value …` | hashed | the namespaces |
    | csv | cells, under a line of names | "column=cell" | the columns |
    | parquet, a table in memory | cells, and lists | "column=cell" | the columns |

    Files are read block by block, and rows wait in files without a name under `$TMPDIR`, where the arrays that are
    returned stay: they may be larger than memory.

    Parameters
    ----------
    source : path, glob, folder, "-", a list of these, or a table
        Text may be compressed (`.gz`, `.zst`, `.bz2`). "-" is text on standard input. A table is one of pandas, Polars
        or Arrow, or a list of these, and is read as a file with the same cells.
    format : str, optional
        Without it the ending of the name tells (.svm, .libsvm, .libfm, .ffm, .libffm, .vw, .csv, .tsv, .parquet, .pq),
        or else the first row.
    label : str or None
        The column of labels in a table. None: there are none, and labels are 0 (for tables and vw).
    positive : str or float, optional
        The label that becomes 1; all others become 0; at least one row has it, but where `space` is given and all have
        the same other one. Without it labels are numbers, and -1 and 1 become 0 and 1 where no other label is found.
    classes : bool
        False: labels are values, and without `positive` -1 stays -1; so for a ranker with `loss="squared"`.
    weight, group, time : str, optional
        Columns of a table. A weight is 0 or more; a group is a whole number, or text, which is hashed; a time is ISO
        8601 or one of its relatives, or a number since 1970-01-01 UTC.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Of times that are numbers; without it, that in which they are plausible, or dates such as 20240105.
    schema : dict of str to Column, or to its kind, optional
        For a table: the columns of fields (see `Column`) whose kind is not to be inferred from the first rows, as that
        of all others is (see `inspection.inspected`); and crosses.
    drop : list of str
        Columns of a table that are no features.
    space : FeatureSpace, optional
        What is known, such as `model.space_`: features get the numbers that they have there, and a table is read by
        the schema that it was read by.
    unknown : {"drop", "grow"}
        With a space, features that it does not have are left out and counted in `unknown` of what is returned, or come
        in. New fields are always bad rows.
    bits : int, optional
        Hash features to 2^bits (see `hashing`). What a model keeps for each feature times 2^bits is the memory it will
        take, whatever comes. vw is always hashed, to 18 bits if nothing else is said.
    fields : list of str, optional
        For libffm and vw: the names of the fields, the first is field 0; a row with another is bad.
    columns : list of str, optional
        For csv without a line of names: the names.
    separator : str, optional
        For csv: the character between cells; without it that of `,`, `;`, `|` and TAB which the first row has most.
    encoding : str, optional
        For csv: that of the file, such as "gb18030"; UTF-8 if not given.
    missing : list of str
        What a cell of a table holds where nothing is known; the usual marks (`cells.MISSING`: empty, ?, NA, NaN, null
        and the like) if not given. The positive label is none of them.
    on_bad_row : {"raise", "skip"}
        Refuse a row that cannot be read, by file and line; or leave it out, count it in `skipped` of what is returned
        (and of a stream), and warn once at the end.

    Returns
    -------
    Examples
        With `space`, for the reading of other rows alike.

    Raises
    ------
    BadInput
        No file, no row; a row without a label, with NaN, a number that is none, a field out of range, of more than
        4 MiB (not in Parquet), or in another format than the first: the message names file and line.
    StorageError
        The operating system refuses.

    Warns
    -----
    UserWarning
        How many bad rows were left out, and what was wrong with the first; fields most of whose cells the space does
        not know; columns of ids that are cut into buckets, or whose cells are nearly all different.
    """
    options = {name: value for name, value in locals().items() if name not in ("source", "on_bad_row")}
    from nearfield.rank.features.collecting import Collector

    inputs, bad, collector = inputs_of(source), BadRows(on_bad_row), Collector()
    reading = Reading(inputs, bad, **options)
    for block in reading.blocks():
        collector.add(block)
    counts = reading.end()
    examples = collector.examples(reading.space())
    examples.skipped, examples.unknown = bad.skipped, counts
    return examples


def stream_examples(source: Source, *, on_bad_row: OnBadRow = "raise", **options: Any) -> ExampleStream:
    """Read rows block by block, for `partial_fit`: of what is larger than memory nothing but a block is held.

    Parameters
    ----------
    source, on_bad_row, **options
        As for `read_examples`.

    Returns
    -------
    ExampleStream
        Each iteration over it reads the files anew and yields `Examples` of a few megabytes. Their space grows from
        block to block, as rankers expect, but the fields are those of the first block: of libffm and vw name them by
        `fields` where the first block may lack one.
    """
    return ExampleStream(inputs_of(source), options, on_bad_row)


def inputs_of(source: Source | Any) -> list[Input]:
    """Return the files that a source names, or its tables in memory."""
    tables = tables_of(source)
    return find_files(source) if tables is None else list(tables)


def make_reader(
    inputs: list[Input],
    bad: BadRows,
    labels: Labels,
    *,
    format: str | None = None,
    space: FeatureSpace | None = None,
    unknown: str = "drop",
    bits: int | None = None,
    fields: Sequence[str] | None = None,
    label: str | None = "label",
    **table: Any,
) -> Reader:
    """Return what reads the inputs; the parameters are those of `read_examples`."""
    if format is not None and format not in FORMATS:
        raise BadInput(f"format is {format!r}; expected one of {', '.join(FORMATS)}")
    if unknown not in ("drop", "grow"):
        raise BadInput(f"unknown is {unknown!r}; expected one of drop, grow")
    if bits is not None and space is not None and space.bits != bits:
        raise BadInput(f"bits is {bits} and the space has {space.bits or 'no'} bits; leave bits out")
    found = {format or format_of(one) if isinstance(one, Path) else "frame" for one in inputs}
    if len(found) > 1:
        raise BadInput(f"the files are in the formats {', '.join(sorted(found))}; give files of one")
    (chosen,), grow = found, unknown == "grow"
    if chosen in ("csv", "parquet", "frame"):
        from nearfield.rank.features.tables import TableReader

        return TableReader(chosen, Names(space, bits, grow=grow), labels, bad, space=space, label=label, **table)
    if refused := [name for name, value in table.items() if value and name != "missing"]:
        raise BadInput(f"{refused[0]}= is given; {chosen} has no columns")
    if space is not None and space.schema:
        raise BadInput(f"the space was read from a table; {chosen} needs one that was read from {chosen}")
    if space is not None and chosen in ("libsvm", "libfm") and len(space.fields) > 1:
        raise BadInput(f"the space has {len(space.fields)} fields; {chosen} needs one that has one")
    known = fields if space is None else space.fields
    if chosen == "vw":
        from nearfield.rank.features.vowpal import VowpalReader

        slots = Slots(space, VOWPAL_BITS if bits is None else bits)
        return VowpalReader(slots, known, labels, bad, needs_label=label is not None)
    from nearfield.rank.features.numbered import FieldReader, NumberedReader

    reader = FieldReader if chosen == "libffm" else NumberedReader
    return reader(Ids(space, bits, grow=grow), known if chosen == "libffm" else None, labels, bad)
