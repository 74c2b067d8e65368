"""Edge lists: text of every shape, Parquet, MATLAB, compressed, in pieces; and what is refused, with its line."""

import bz2
import gzip
import io
import sys

import networkx
import numpy as np
import polars
import pytest
import scipy.io
import scipy.sparse
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from nearfield import Graph, read_edges
from nearfield.edges import text
from nearfield.errors import BadInput


def as_dict(graph):
    return {(key, other): weight for key in graph.keys for other, weight in graph.neighbours(key)}


@pytest.fixture
def write(tmp_path):
    def written(content, name="edges.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r\t ,;|"), min_size=1, max_size=5).filter(
    lambda key: key[0] not in '#%"\ufeff' and not key.isspace()
)
WEIGHTS = st.one_of(st.floats(0, 1e30), st.integers(0, 10**20))
LINES = st.lists(st.tuples(KEYS, KEYS, WEIGHTS), min_size=1, max_size=20)


@given(
    LINES,
    st.sampled_from([" ", "\t", ",", ", ", " \t "]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(16, 200),
)
@example([("a", "b", 0.1), ("b", "c", 1e-320)], " ", True, "\n", 16)
@example([("\x0c0", "0", 0.0)], " ", False, "\n", 16)
def test_lines_are_read_as_split_reads_them(tmp_path_factory, lines, separator, weighted, end, size):
    path = tmp_path_factory.mktemp("edges") / "edges"
    rows = [separator.join([a, b, repr(weight)]) for a, b, weight in lines]
    path.write_text("# heading\n\n" + end.join(rows), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK_BYTES", size)
        graph = read_edges(path, weighted=weighted, directed=True)
    sources, targets, weights = zip(*lines, strict=True)
    expected = Graph.from_edges(sources, targets, np.array(weights, float) if weighted else None, directed=True)
    assert graph.keys == expected.keys
    assert as_dict(graph) == pytest.approx(as_dict(expected), rel=3e-7)


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("1 2\n2\t3\n", {}, {"12", "21", "23", "32"}),
        ("% konect\n# snap\n  1   2  0.5 77\n", {}, {"12", "21"}),
        ("from,to\na,b\n", {"header": True}, {"ab", "ba"}),
        ("\ufeffa,b\n", {}, {"ab", "ba"}),
        ("a;b\n", {"separator": ";"}, {"ab", "ba"}),
        (" a , b ,9\n", {}, {"ab", "ba"}),
        ("a b", {"directed": True}, {"ab"}),
        ("a|b", {"separator": "|", "directed": True}, {"ab"}),
        ("a a\na b\n", {"self_loops": "drop"}, {"ab", "ba"}),
    ],
)
def test_shapes_of_text(write, content, options, expected):
    assert {a + b for a, b in as_dict(read_edges(write(content), **options))} == expected


def test_keys_with_spaces_between_tabs(write):
    graph = read_edges(write("New York\tRio de Janeiro\t7\n"), separator="\t", weighted=True)
    assert graph.neighbours("New York") == [("Rio de Janeiro", 7.0)]


def test_edges_named_several_times(write):
    path = write("1 2 0.5\n2 1 3\n1 3 0\n")
    assert as_dict(read_edges(path, weighted=True)) == {("1", "2"): 3.5, ("2", "1"): 3.5}
    assert as_dict(read_edges(path, weighted=True, duplicates="max"))["1", "2"] == 3
    assert as_dict(read_edges(path, duplicates="count")) == {
        ("1", "2"): 2, ("2", "1"): 2, ("1", "3"): 1, ("3", "1"): 1
    }  # fmt: skip
    assert "3" in read_edges(path, weighted=True).vocabulary


def test_compressed_files_and_several_of_them(write, tmp_path, monkeypatch):
    content = b"10 20\n20 30\n"
    packed = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.compress}
    for ending, compress in packed.items():
        assert len(read_edges(write(compress(content), f"edges{ending}"))) == 3
    write(b"30,40\n", "edges.more")
    assert repr(read_edges(f"{tmp_path}/edges.[gm]*")) == "Graph(4 nodes, 3 edges, undirected)"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert len(read_edges("-")) == 3


def test_parquet_is_read_as_text_is(write, tmp_path, monkeypatch):
    monkeypatch.setattr("nearfield.edges.rows.BLOCK_ROWS", 7)
    random = np.random.default_rng(1)
    ends, weights = random.integers(-5, 40, (2, 100)), random.random(100).astype(np.float32)
    lines = "".join(f"{a} {b} {weight}\n" for a, b, weight in zip(*ends, weights, strict=True))
    expected = read_edges(write(lines), weighted=True, directed=True)
    frame = polars.DataFrame({"weight": weights, "a": ends[0], "b": [str(end) for end in ends[1]]})
    frame.write_parquet(tmp_path / "edges.parquet")
    graph = read_edges(tmp_path / "edges.parquet", weighted=True, directed=True, columns=["a", "b", "weight"])
    assert graph.keys == expected.keys
    assert as_dict(graph) == as_dict(expected)
    frame.select("a", "b").write_parquet(tmp_path / "plain.parquet")
    assert as_dict(read_edges(tmp_path / "plain.parquet", directed=True)).keys() == as_dict(expected).keys()


def test_matlab_files_bring_their_labels(tmp_path):
    network = scipy.sparse.csc_matrix(networkx.to_scipy_sparse_array(networkx.path_graph(4), dtype=float))
    group = scipy.sparse.csc_matrix([[1, 0], [0, 0], [1, 1], [0, 1]])
    scipy.io.savemat(tmp_path / "g.mat", {"network": network, "group": group})
    graph = read_edges(tmp_path / "g.mat")
    assert repr(graph) == "Graph(4 nodes, 3 edges, undirected, 2 labels)"
    assert [graph.labels_of(key) for key in "0123"] == [["0"], [], ["0", "1"], ["1"]]
    scipy.io.savemat(tmp_path / "g.mat", {"network": network, "group": group[:2]})
    with pytest.raises(BadInput, match="group has 2 rows for 4 nodes"):
        read_edges(tmp_path / "g.mat")
    scipy.io.savemat(tmp_path / "g.mat", {"matrix": network})
    with pytest.raises(BadInput, match=r"g\.mat: holds matrix; expected a sparse matrix called network"):
        read_edges(tmp_path / "g.mat")
    (tmp_path / "g.mat").write_bytes(b"MATLAB 5.0 MAT-file" * 20)
    with pytest.raises(BadInput, match=r"g\.mat: cannot be read as a MATLAB file"):
        read_edges(tmp_path / "g.mat")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("1 2\n\n3\n", {}, r"edges\.txt:3: '3' lacks a source or a target"),
        ("a,b\n,c\n", {}, r"edges\.txt:2: ',c' lacks a source"),
        ("a,b\nc,\n", {}, r"edges\.txt:2: 'c,' lacks a source or a target"),
        ('a,b\n"x,y,c\n', {}, r"edges\.txt:2: .* has a quote that is not closed"),
        ('a,b\n"x"y,c\n', {}, r"edges\.txt:2: .* has a quote that is not closed before the separator"),
        ("1 2 1\n1 3\n", {"weighted": True}, r"edges\.txt:2: '1 3' has no number as weight"),
        ("1 2 1\n# c\n1 3 -2\n", {"weighted": True}, r"edges\.txt:3: '1 3 -2' has the weight -2.0; expected a finite"),
        ("1 2 nan\n", {"weighted": True}, r"edges\.txt:1: '1 2 nan' has no number"),
        ("1 2 1e999\n", {"weighted": True}, r"edges\.txt:1: '1 2 1e999' has the weight inf"),
        ("1 2 1e39\n", {"weighted": True}, r"has the weight inf"),
        ("1 2 1.2.3\n", {"weighted": True}, "has no number"),
        ("1 2 1e\n", {"weighted": True}, "has no number"),
        ("1 2 .\n", {"weighted": True}, "has no number"),
        ("1 2 3e38\n2 1 3e38\n", {"weighted": True}, "add up to more than float32 holds"),
        ("", {}, r"edges\.txt: holds no edge"),
        ("# nothing\n\n", {}, "holds no edge"),
        ("a b\n", {"header": True}, "holds no edge"),
        (b"a \xff\n", {}, r"a key is not UTF-8: b'\\xff'; name the encoding, such as encoding='gb18030'"),
        (b"a\0 b\n", {}, "holds a NUL byte"),
        ("a b\n", {"separator": "::"}, "separator is '::'; expected one character"),
        ("a b\n", {"duplicates": "no"}, "duplicates is 'no'"),
        ("a b 1\n", {"weighted": True, "duplicates": "count"}, "'count' and the edges have weights"),
    ],
)
def test_text_that_is_refused(write, content, options, message):
    with pytest.raises(BadInput, match=message) as error:
        read_edges(write(content), **options)
    assert "\n" not in str(error.value)


def test_a_line_in_a_later_block_keeps_its_number(write, monkeypatch):
    monkeypatch.setattr(text, "BLOCK_BYTES", 1_000)
    path = write("".join(f"{i} {i + 1}\n" for i in range(5_000)) + "lonely\n")
    with pytest.raises(BadInput, match=r"edges\.txt:5001: 'lonely' lacks"):
        read_edges(path)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"a": [1, 2]}, {}, r"has the columns a \(Int64\); expected source, target"),
        ({"a": [1], "b": [2]}, {"weighted": True}, "expected source, target, weight"),
        ({"a": [1], "b": [2]}, {"columns": ["a", "c"]}, "has the columns a, b; columns names 'c'"),
        ({"a": [1.5], "b": [2]}, {}, "row 1 has the a 1.5; expected a string or a whole number"),
        ({"a": [1], "b": [2], "c": ["x"]}, {"weighted": True}, "expected c to be numbers"),
        ({"a": [1, 2], "b": [2, None]}, {}, "row 2 lacks a source or a target"),
        ({"a": [1, 2], "b": [2, 3], "c": [1.0, -1.0]}, {"weighted": True}, "row 2 has the weight -1.0"),
        ({"a": [1, 2], "b": [2, 3], "c": [None, 1.0]}, {"weighted": True}, "row 1 has the weight None"),
        ({"a": [], "b": []}, {}, "expected a to be strings or whole numbers"),
    ],
)
def test_parquet_that_is_refused(tmp_path, columns, options, message):
    polars.DataFrame(columns).write_parquet(tmp_path / "e.parquet")
    with pytest.raises(BadInput, match=message):
        read_edges(tmp_path / "e.parquet", **options)


def test_files_that_do_not_go_together(write, tmp_path):
    write("a b\n", "a.txt")
    write(b"PAR1 and no more", "b.parquet")
    with pytest.raises(BadInput, match="2 files of parquet and text; expected files of one"):
        read_edges(tmp_path)
    with pytest.raises(BadInput, match=r"b\.parquet: cannot be read as Parquet"):
        read_edges(tmp_path / "b.parquet")
    with pytest.raises(BadInput, match="no such file"):
        read_edges(tmp_path / "none.txt")
