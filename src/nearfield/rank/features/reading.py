"""`read_examples` and `stream_examples`: from files to rows of features, all at once or block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from nearfield.columns import Schema
from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.io import Source, find_files
from nearfield.rank.features.bad_rows import BadRows, OnBadRow
from nearfield.rank.features.detection import FORMATS, Format, format_of
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.names import Ids, Names, Slots

VOWPAL_BITS = 18  # as Vowpal Wabbit has it


class Reader(Protocol):
    """What reads one format."""

    def blocks(self, path: Path) -> Iterator[Examples]:
        """Yield the rows of a file, a block at a time."""

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

    def __init__(self, files: list[Path], options: dict[str, Any], on_bad_row: OnBadRow) -> None:
        self._files, self._options = files, options
        self._bad = BadRows(on_bad_row)
        self._policy: OnBadRow = on_bad_row
        make_reader(files, self._bad, **options)  # what is wrong with the options is said now
        self.space: FeatureSpace | None = None
        self.n_rows = 0

    @property
    def skipped(self) -> int:
        """How many bad rows have been left out."""
        return self._bad.skipped

    def __iter__(self) -> Iterator[Examples]:
        self._bad, self.n_rows, self.space = BadRows(self._policy), 0, None
        reader = make_reader(self._files, self._bad, **self._options)
        for path in self._files:
            for block in reader.blocks(path):
                reader.fix_fields()
                self.space, self.n_rows = reader.space(), self.n_rows + len(block)
                yield block.in_space(self.space)
        self._bad.warn()
        if self.space is None:
            raise nothing_read(self._files, self.skipped)


def read_examples(
    source: Source,
    *,
    format: Format | None = None,
    label: str | None = "label",
    positive: str | float | None = None,
    classes: bool = True,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    schema: Schema | None = None,
    space: FeatureSpace | None = None,
    unknown: Literal["drop", "grow"] = "drop",
    bits: int | None = None,
    fields: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    missing: Sequence[str] = ("",),
    on_bad_row: OnBadRow = "raise",
) -> Examples:
    """Read rows to learn from, or to predict.

    | format | a row | features | fields |
    |---|---|---|---|
    | libsvm, libfm | `label feature:value …` | their numbers | one |
    | libffm | `label field:feature:value …` | their numbers | by number |
    | vw | `label [weight] [tag]|namespace feature:value …` | hashed | the namespaces |
    | csv | cells, under a line of names | "column=cell" | the columns |
    | parquet | cells, and lists | "column=cell" | the columns |

    Files are read block by block, and rows wait in files without a name under `$TMPDIR`, where the arrays that are
    returned stay: they may be larger than memory.

    Parameters
    ----------
    source : path, glob, folder, "-" or a list of these
        Text may be compressed (`.gz`, `.zst`, `.bz2`). "-" is text on standard input.
    format : str, optional
        Without it the ending of the name tells (.svm, .libsvm, .libfm, .ffm, .libffm, .vw, .csv, .tsv, .parquet, .pq),
        or else the first row.
    label : str or None
        The column of labels in a table. None: there are none, and labels are 0 (for tables and vw).
    positive : str or float, optional
        The label that becomes 1; all others become 0. Without it labels are numbers, and -1 and 1 become 0 and 1 where
        no other label is found.
    classes : bool
        False: labels are values, and without `positive` -1 stays -1; so for a ranker with `loss="squared"`.
    weight, group, time : str, optional
        Columns of a table. A weight is 0 or more; a group is a whole number, or text, which is hashed; a time is ISO
        8601 or seconds since 1970-01-01 UTC.
    schema : dict of str to Column, or to its kind, optional
        For a table: the column of each field (see `Column`), in this order. Without it all columns are typed by
        inspection of the first rows (see `inspection.inspected`).
    space : FeatureSpace, optional
        What is known, such as `model.space_`: features get the numbers that they have there, and a table is read by
        the schema that it was read by.
    unknown : {"drop", "grow"}
        With a space, features that it does not have are left out, or come in. New fields are always bad rows.
    bits : int, optional
        Hash features to 2^bits (see `hashing`). What a model keeps for each feature times 2^bits is the memory it will
        take, whatever comes. vw is always hashed, to 18 bits if nothing else is said.
    fields : list of str, optional
        For libffm and vw: the names of the fields, the first is field 0; a row with another is bad.
    columns : list of str, optional
        For csv without a line of names: the names.
    separator : str, optional
        For csv: the character between cells; without it a TAB where the name ends in .tsv, else a comma.
    missing : list of str
        What a cell of a table holds where nothing is known; such as "?" or "NA".
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
        How many bad rows were left out, and what was wrong with the first.
    """
    given = {name: value for name, value in locals().items() if name not in ("source", "on_bad_row")}
    from nearfield.rank.features.collecting import Collector

    files, bad, collector = find_files(source), BadRows(on_bad_row), Collector()
    reader = make_reader(files, bad, **given)
    for path in files:
        for block in reader.blocks(path):
            collector.add(block)
    if not collector.n_rows:
        raise nothing_read(files, bad.skipped)
    examples = collector.examples(reader.space())
    examples.skipped = bad.skipped
    bad.warn()
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
    return ExampleStream(find_files(source), options, on_bad_row)


def make_reader(
    files: list[Path],
    bad: BadRows,
    *,
    format: str | None = None,
    positive: str | float | None = None,
    classes: bool = True,
    space: FeatureSpace | None = None,
    unknown: str = "drop",
    bits: int | None = None,
    fields: Sequence[str] | None = None,
    label: str | None = "label",
    **table: Any,
) -> Reader:
    """Return what reads the files; the parameters are those of `read_examples`."""
    if format is not None and format not in FORMATS:
        raise BadInput(f"format is {format!r}; expected one of {', '.join(FORMATS)}")
    if unknown not in ("drop", "grow"):
        raise BadInput(f"unknown is {unknown!r}; expected one of drop, grow")
    if bits is not None and space is not None and space.bits != bits:
        raise BadInput(f"bits is {bits} and the space has {space.bits or 'no'} bits; leave bits out")
    found = {format or format_of(path) for path in files}
    if len(found) > 1:
        raise BadInput(f"the files are in the formats {', '.join(sorted(found))}; give files of one")
    (chosen,), grow, labels = found, unknown == "grow", Labels(positive, classes=classes)
    if chosen in ("csv", "parquet"):
        from nearfield.rank.features.tables import TableReader

        return TableReader(chosen, Names(space, bits, grow=grow), labels, bad, space=space, label=label, **table)
    if refused := [name for name, value in table.items() if value and tuple(value) != ("",)]:
        raise BadInput(f"{refused[0]} is given; {chosen} has no columns")
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


def nothing_read(files: list[Path], skipped: int) -> BadInput:
    """What to say where no row is left."""
    return BadInput(
        f"{files[0]}: holds no row to learn from{f'; {skipped:,} bad ones were left out' if skipped else ''}"
    )
