"""Which format rows are in: by the ending of the file's name, or by the first row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args

from nearfield.errors import BadInput
from nearfield.io import STANDARD_INPUT, ending, read_chunks

Format = Literal["libsvm", "libfm", "libffm", "vw", "csv", "parquet"]
FORMATS: tuple[str, ...] = get_args(Format)
SUFFIXES = {
    ".svm": "libsvm", ".libsvm": "libsvm", ".libfm": "libfm", ".ffm": "libffm", ".libffm": "libffm", ".vw": "vw",
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
SEPARATORS = ",;\t|"
HEAD_BYTES = 1 << 16
NUMBER = rb"[-+]?[\d.]+(?:[eE][-+]?\d+)?"
FIRST_ROWS = {
    "libffm": re.compile(rb"\s*" + NUMBER + rb"(?:[ \t]+\d+:\d+:\S+)+\s*"),
    "libsvm": re.compile(rb"\s*" + NUMBER + rb"(?:[ \t]+\d+:[^:\s]+)*\s*"),
    "vw": re.compile(rb"[^|,;]*\|.*"),
    "csv": re.compile(rb".*[,;\t].*"),
}


def named_format(path: Path) -> str | None:
    """Return the format that the name of a file tells, if it does."""
    return SUFFIXES.get(ending(path))


def format_of(path: Path) -> str:
    """Return the format of a file; raise `BadInput` where neither its name nor its first row tells."""
    named = named_format(path)
    if named is not None:
        return named
    mend = f"say which: format= one of {', '.join(FORMATS)}"
    if str(path) == STANDARD_INPUT:
        raise BadInput(f"standard input has no name to tell its format; {mend}")
    head = next(read_chunks(path, HEAD_BYTES), b"")
    if head.startswith(b"PAR1"):
        return "parquet"
    first = next((line for line in head.splitlines() if line.strip()), b"")
    for name, pattern in FIRST_ROWS.items():
        if first and pattern.fullmatch(first):
            return name
    raise BadInput(
        f"{path}: its format is not told by its name or its first row, {first[:40].decode(errors='replace')!r}; {mend}"
    )


def separator_of(path: Path, head: bytes) -> str:
    """Return what stands between the cells of a table: what comes most often in its first row, outside of quotes.

    Where nothing does, or as often, a TAB where the name ends in .tsv, else a comma.
    """
    usual = "\t" if ending(path) in (".tsv", ".tab") else ","
    first = next((line for line in head.splitlines() if line.strip()), b"").decode("utf-8", "replace")
    outside = "".join(first.split('"')[::2])
    return max((usual, *SEPARATORS), key=outside.count)
