"""Adult: 48,842 people of the US census of 1994, and who of them earned more than 50,000 dollars (Kohavi 1996, KDD).

UCI Machine Learning Repository, CC BY 4.0. Published: test error of C4.5 15.5 %, of NB-Tree 14.1 %.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nearfield.columns import Schema
from nearfield.datasets.location import find
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank.features.reading import read_examples

if TYPE_CHECKING:
    import polars

NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race",
    "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
LABEL, POSITIVE = "income", ">50K"


class Adult(NamedTuple):
    """The training part, 32,561 rows, and the test part, 16,281.

    Each is a polars.DataFrame with the columns `COLUMNS`: `NUMBERS` int64, the others str, null where nothing is known;
    income is ">50K" or "<=50K".
    """

    train: polars.DataFrame
    test: polars.DataFrame


def load() -> Adult:
    """Read both parts; raise `DatasetNotFound` where they are not here."""
    folder = find("adult")
    return Adult(_read(folder / "adult.data.gz"), _read(folder / "adult.test.gz"))


def examples(schema: Schema | None = None) -> tuple[Examples, Examples]:
    """Return the training part and the test part as examples in one space, label 1 for more than 50,000 dollars.

    Columns that the schema does not name are as `read_examples` infers them: numbers in buckets, text by name.
    """
    train, test = load()
    learnt = read_examples(train, label=LABEL, positive=POSITIVE, schema=schema)
    return learnt, read_examples(test, label=LABEL, positive=POSITIVE, space=learnt.space)


def _read(path: Path) -> polars.DataFrame:
    """Read a part, which has ", " between cells, "?" where nothing is known, and in the test part a dot at the end."""
    import polars

    lines = gzip.decompress(path.read_bytes()).decode().splitlines()[1:]
    rows = [[cell.strip() for cell in line.rstrip(".").split(",")] for line in lines if line.strip()]
    if wrong := [i for i, row in enumerate(rows) if len(row) != len(COLUMNS)]:
        found = len(rows[wrong[0]])
        raise BadInput(f"{path}: row {wrong[0] + 1} has {found} cells; expected the {len(COLUMNS)} of Adult")
    cells = polars.DataFrame(rows, schema=dict.fromkeys(COLUMNS, polars.String), orient="row")
    known = polars.all().replace("?", None)
    return cells.with_columns(known).with_columns(polars.col(NUMBERS).cast(polars.Int64))
