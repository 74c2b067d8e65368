"""Ids that no careful person would choose go the whole way: log, sessions, vectors, disk, and what comes next."""

from __future__ import annotations

import json

import polars
import pytest

from nearfield import ItemEmbedding, load, read_log
from nearfield.cli import main

STRANGE = [
    "a\tb",
    "a\nb",
    "a\r\nb",
    "🛒",
    "👩‍👩‍👧",
    '"',
    "'",
    "a,b",
    " ",
    " x ",
    "é",
    "e\u0301",
    "NULL",
    "null",
    "1e5",
    "-",
    "\\",
]


@pytest.fixture(scope="module")
def table():
    """People who go round the items, each from a place of their own."""
    rows = [
        (f"u\t{user}", STRANGE[(user + n) % len(STRANGE)], 10**9 + 60 * n)
        for user in range(3 * len(STRANGE))
        for n in range(20)
    ]
    return polars.DataFrame(rows, schema=["user", "item", "time"], orient="row")


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.parquet", None])
def test_they_come_out_as_they_went_in(tmp_path, table, name):
    path = tmp_path / (name or "none")
    {"log.csv": table.write_csv, "log.jsonl": table.write_ndjson, "log.parquet": table.write_parquet}.get(name, id)(
        path
    )
    sequences = read_log(path if name else table, nulls=[""]).sessions("10min")
    assert sorted(sequences.vocabulary.keys) == sorted(STRANGE)
    users = sorted(set(table["user"]))
    own = table.filter(user=users[7]).sort("time")["item"].to_list()
    assert sequences.keys(7) == own


def test_they_are_learnt_saved_and_foretold(tmp_path, table, capsys):
    sequences = read_log(table, nulls=[""]).sessions(None)
    model = ItemEmbedding(window=1, sample=0, vector_size=16, epochs=40, workers=1, verbose=False)
    model.fit(sequences).vectors_.save(tmp_path / "items")
    vectors = load(tmp_path / "items")
    assert sorted(vectors.keys) == sorted(STRANGE)
    after = {item: STRANGE[(i + 1) % len(STRANGE)] for i, item in enumerate(STRANGE)}
    foretold = {item: vectors.next([item], k=1, exclude=[item])[0][0] for item in STRANGE}
    assert foretold == after
    assert main(["next", str(tmp_path / "items"), "--json", "-k", "1", "--", "a\nb"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == after["a\nb"]
