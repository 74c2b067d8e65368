"""Whatever a file is called, every reader reads that file and no other."""

import gzip
import os
import threading
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import nearfield as nf
from nearfield.cli.arguments import read_lines
from nearfield.cli.side import read_side
from nearfield.evaluate import read_pairs, read_questions

NAMES = [
    "a[1]", "a1", "*", "?", "{a,b}", "two words", "naïve 北京", "-rf", "line\nend", "~", "s3:x", "#1?x=2", "%20",
    "user=5", "'quote\"", "$HOME",
]  # fmt: skip


def lines(text):
    return lambda path, i: path.write_text(text.format(i=i, j=i + 1))


def parquet(**columns):
    def write(path, i):
        pl.DataFrame(
            {name: [value.format(i=i) if isinstance(value, str) else value] for name, value in columns.items()}
        ).write_parquet(path)

    return write


def vectors(ending):
    return lambda path, i: nf.Vectors([f"k{i}"], np.full((1, 4), i + 1.0)).save(path)


# what reads, the ending, what writes a file that says i, and what is read of it
READERS = {
    "vectors, a folder": (nf.load, "", vectors(""), lambda read, i: read.keys == (f"k{i}",)),
    "vectors, text": (nf.load, ".txt", vectors(".txt"), lambda read, i: read.keys == (f"k{i}",)),
    "vectors, binary": (nf.load, ".bin", vectors(".bin"), lambda read, i: read.keys == (f"k{i}",)),
    "vectors, Parquet": (nf.load, ".parquet", vectors(".parquet"), lambda read, i: read.keys == (f"k{i}",)),
    "vectors, npz": (nf.load, ".npz", vectors(".npz"), lambda read, i: read.keys == (f"k{i}",)),
    "edges, text": (nf.read_edges, ".tsv", lines("a{i}\tb\n"), lambda read, i: set(read.keys) == {f"a{i}", "b"}),
    "edges, Parquet": (
        nf.read_edges, ".parquet", parquet(source="a{i}", target="b"), lambda read, i: set(read.keys) == {f"a{i}", "b"},
    ),
    "rows, CSV": (
        nf.read_examples, ".csv", lines("label,city\n1,c{i}\n0,d\n"),
        lambda read, i: f"city=c{i}" in read.space.names,
    ),
    "rows, Parquet": (
        nf.read_examples, ".parquet", parquet(label=1, city="c{i}"), lambda read, i: f"city=c{i}" in read.space.names,
    ),
    "rows, libsvm": (nf.read_examples, ".svm", lines("1 {j}:1\n"), lambda read, i: len(read) == 1),
    "text": (
        lambda path: nf.read_text(path, min_count=1), ".txt", lines("word{i} and more\n"),
        lambda read, i: f"word{i}" in read.vocabulary.keys,
    ),
    "log, CSV": (
        nf.read_log, ".csv", lines("user,item,time\nu{i},a,2024-01-05T12:00:00Z\n"),
        lambda read, i: read.sessions(gap=None).vocabulary.keys == ("a",),
    ),
    "log, Parquet": (
        nf.read_log, ".parquet", parquet(user="u", item="a{i}", time="2024-01-05T12:00:00Z"),
        lambda read, i: read.sessions(gap=None, min_count=1).vocabulary.keys == (f"a{i}",),
    ),
    "side information, CSV": (
        read_side, ".csv", lines("item,tag\n1,t{i}\n"), lambda read, i: read == {"tag": {"1": [f"t{i}"]}},
    ),
    "side information, Parquet": (
        read_side, ".parquet", parquet(item="1", tag="t{i}"), lambda read, i: read == {"tag": {"1": [f"t{i}"]}},
    ),
    "list": (read_lines, ".txt", lines("w{i}\n"), lambda read, i: read == [f"w{i}"]),
    "similarity": (read_pairs, ".tsv", lines("w{i}\tb\t5\n"), lambda read, i: read[0].first == f"w{i}"),
    "analogies": (read_questions, ".txt", lines(": x\nw{i} b c d\n"), lambda read, i: f"w{i}" in repr(read)),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_the_file_of_that_name_and_no_other(tmp_path, reader, monkeypatch):
    read, ending, write, holds = READERS[reader]
    folder = tmp_path / "data [2024]"
    folder.mkdir()
    for i, name in enumerate(NAMES):
        write(folder / (name + ending), i)
    for i, name in enumerate(NAMES):
        assert holds(read(folder / (name + ending)), i), name
    monkeypatch.chdir(folder)
    for i, name in enumerate(NAMES):
        assert holds(read(Path(name + ending)), i), name


@pytest.mark.parametrize("reader", [name for name in READERS if name != "vectors, a folder"])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_pipe(tmp_path, reader, compressed):
    """What `<(zcat FILE)` gives: a name without an ending, that can be read once."""
    read, ending, write, holds = READERS[reader]
    write(tmp_path / f"plain{ending}", 3)
    content = (tmp_path / f"plain{ending}").read_bytes()
    pipe = tmp_path / f"pipe{ending}"
    os.mkfifo(pipe)
    data = gzip.compress(content) if compressed else content
    thread = threading.Thread(target=lambda: pipe.write_bytes(data), daemon=True)
    thread.start()
    assert holds(read(pipe), 3)
    thread.join(5)
    assert not thread.is_alive()
