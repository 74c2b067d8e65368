"""Layouts of edge files as people have them: each read as it is meant, or refused with the fix named."""

import codecs
import gzip
import os
import threading
import warnings

import networkx
import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import Graph, read_edges
from nearfield.errors import BadInput


def pairs(graph):
    """Return {(source, target): weight} over all entries of the rows."""
    return {(key, other): weight for key in graph.keys for other, weight in graph.neighbours(key)}


def read(tmp_path, content, name="edges.txt", **options):
    """Return the edges of a file, directed, as "a>b", in the order of their names, and what was said."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        graph = read_edges(path, directed=True, **options)
    return sorted(">".join(pair) for pair in pairs(graph)), [str(one.message) for one in caught]


# ---- separators ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("New York\tRio de Janeiro\nRio de Janeiro\tBonn\n", {}, ["New York>Rio de Janeiro", "Rio de Janeiro>Bonn"]),
        ("New York\tBonn\t7\n", {"weighted": True}, ["New York>Bonn"]),
        ("1\t2\n2\t3\n", {}, ["1>2", "2>3"]),
        ("1 2\n2\t3\n", {}, ["1>2", "2>3"]),  # TABs and spaces as they come
        ("1 2\t0.5\n2 3\t1\n", {"weighted": True}, ["1>2", "2>3"]),  # two numbers, a TAB, a number
        ("a b c\td\n", {"separator": "\\t"}, ["a b c>d"]),
        ("a b\tc d\n", {"separator": "tab"}, ["a b>c d"]),
        ("a b\n", {"separator": " "}, ["a>b"]),
        ("a,b\n", {"separator": ","}, ["a>b"]),
        ("a\x01b\n", {"separator": "\\x01"}, ["a>b"]),
        ("New York,Rio\n", {}, ["New York>Rio"]),
        ("Smith, J\tDoe, K\n", {}, ["Smith, J>Doe, K"]),  # a TAB before a comma
        ("a;b\nb;c\n", {}, ["a>b", "b>c"]),
        ("a|b\nb|c\n", {}, ["a>b", "b>c"]),
        ("a\tb\r\nb\tc\r\n", {}, ["a>b", "b>c"]),
        ("a b\rb c\rc d", {}, ["a>b", "b>c", "c>d"]),  # line ends of old Macs
        ("\ufeffa\tb\n", {}, ["a>b"]),
        ('"a, b","say ""hi"""\n"x",y\n', {}, ['a, b>say "hi"', "x>y"]),
        ('"New York" "Rio"\n"Rio" Bonn\n', {}, ["New York>Rio", "Rio>Bonn"]),
        ('"a\tb"\tc\n', {}, ["a\tb>c"]),
        ('" 5\nx "\n', {"quotes": False}, ['">5', 'x>"']),
        ("01 1\n1 1_0\n", {}, ["01>1", "1>1_0"]),  # keys are strings
        ("1.0,2\n2.0,3.0\n", {}, ["1>2", "2>3"]),  # a column with gaps as pandas writes it
        ("1.0,1.1\n1.1,2.0\n", {}, ["1.0>1.1", "1.1>2.0"]),  # versions, no whole numbers
        ("18446744073709551616 99999999999999999999999\n", {}, ["18446744073709551616>99999999999999999999999"]),
    ],
)
def test_fields_are_cut_as_they_are_meant(tmp_path, content, options, expected):
    assert read(tmp_path, content, **options)[0] == sorted(expected)


def test_other_encodings(tmp_path):
    text = "北京\t上海\n"
    assert read(tmp_path, text.encode("gb18030"), encoding="gb18030")[0] == ["北京>上海"]
    assert read(tmp_path, codecs.BOM_UTF16_LE + text.encode("utf-16-le"), encoding="utf-16")[0] == ["北京>上海"]
    with pytest.raises(BadInput, match="is UTF-16 by its first bytes; name its encoding"):
        read(tmp_path, text.encode("utf-16"))
    with pytest.raises(BadInput, match="a key is not UTF-8: .*encoding='gb18030'"):
        read(tmp_path, text.encode("gb18030"))


# ---- header rows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "options", "expected", "detected"),
    [
        ("from,to\na,b\n", {}, ["a>b"], True),
        ("source\ttarget\tweight\na\tb\t2\n", {"weighted": True}, ["a>b"], True),
        ("Source,Target,Type,Id,Label,Weight\na,b,Undirected,0,,2.5\n", {"weighted": True}, ["a>b"], True),
        ("id,source,target\n0,a,b\n", {}, ["a>b"], True),
        ("weight,dst,src\n3,b,a\n", {"weighted": True}, ["a>b"], True),
        (":START_ID,:END_ID\na,b\n", {}, ["a>b"], True),
        ('"from","to"\n"a","b"\n', {}, ["a>b"], True),
        ("follower followee\n1 2\n", {}, ["1>2"], True),
        ("id_1,id_2\n1,2\n", {}, ["1>2"], True),
        ("who,whom\n1,2\n2,3\n", {}, ["1>2", "2>3"], True),  # words over numbers
        ("who whom times\na b 2\nb c 3\n", {"weighted": True}, ["a>b", "b>c"], True),
        ("x y\n1 2\n", {}, ["1>2", "x>y"], False),  # one line says too little
        ("from to\nto go\nhere from\n", {}, ["from>to", "here>from", "to>go"], False),  # the names are nodes
        ("from to 3\nhome to 5\n", {"weighted": True}, ["from>to", "home>to"], False),
        ("root 1\n1 2\n1 3\n", {}, ["1>2", "1>3", "root>1"], False),
        ("from,to\na,b\n", {"header": False}, ["a>b", "from>to"], False),
        ("x,y\na,b\n", {"header": True}, ["a>b"], False),
        ("x,y,z\na,b,c\n", {"columns": ["z", "x"]}, ["c>a"], True),
        ("a b 1 c\n", {"columns": [4, 1]}, ["c>a"], False),
        ("# Nodes: 3\n# FromNodeId\tToNodeId\n0\t1\n", {}, ["0>1"], False),
    ],
)
def test_header_rows(tmp_path, content, options, expected, detected):
    edges, said = read(tmp_path, content, **options)
    assert edges == sorted(expected)
    assert any("the first row names the columns" in sentence for sentence in said) == detected


def test_each_file_may_have_a_header_row(tmp_path):
    for name, line in (("a", "1,2"), ("b", "2,3")):
        (tmp_path / f"{name}.csv").write_text(f"source,target\n{line}\n")
    with pytest.warns(UserWarning, match=r"a\.csv: the first row names the columns: source, target; header=False"):
        graph = read_edges(tmp_path)
    assert sorted(graph.keys) == ["1", "2", "3"]
    assert len(graph.report.headers) == 2


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a,b\n", {"columns": ["x", "y"]}, "has no header row; columns names 'x'"),
        ("source,target\na,b\n", {"columns": ["source", "to"]}, "has the columns source, target; columns names 'to'"),
        ("a b\n", {"columns": [1, 3]}, "has 2 columns; columns names number 3"),
        ("a b\n", {"columns": [1]}, r"columns are \[1\]; expected 2: source, target"),
        ("a b\n", {"columns": [1, 1]}, "expected each once"),
        ("a b\n", {"columns": "ab"}, r"columns is 'ab'; expected a list"),
        ("a b NA\nb c 3\n", {"weighted": True}, r"edges\.txt:1: 'a b NA' has no number as weight"),
        ("1 2 x\n1 3 4\n", {"weighted": True}, r"edges\.txt:1: '1 2 x' has no number as weight"),
        ("a b 1_0\n", {"weighted": True}, "has no number as weight"),
        ("a b 0x10\n", {"weighted": True}, "has no number as weight"),
        ("a b １\n", {"weighted": True}, "has no number as weight"),
        ("a\tb\nc d\n", {"separator": "\t"}, r"edges\.txt:2: 'c d' lacks a source or a target"),
        ('0,"[1, 2]"\n1,"[0]"\n', {}, r"the targets are lists such as '\[1, 2\]'; write an edge on each line"),
        ("a b\n", {"separator": "ab"}, "separator is 'ab'; expected one character, such as ',' or"),
        ("a b\n", {"format": "gml"}, "format is 'gml'; expected one of edges, adjacency, matrix-market"),
        ("a b\n", {"comments": "abc"}, "comments is 'abc'; expected up to two characters"),
        ("*Vertices 2\n1 a\n", {}, "is a Pajek network by its first line; .* Graph.from_networkx"),
        ("<?xml version='1.0'?>\n<graphml>\n", {}, "is GraphML or another form of XML"),
        ("graph [\n  node [\n", {}, "is GML or DOT"),
        ('{"a": ["b"]}\n', {}, "is JSON"),
        ("% bip weighted\n1 1 5\n", {}, "its first line says that the graph is bipartite .* write keys that differ"),
    ],
)
def test_what_is_refused(tmp_path, content, options, message):
    with pytest.raises(BadInput, match=message) as error:
        read(tmp_path, content, **options)
    assert "\n" not in str(error.value)


# ---- comments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "options", "expected", "comments", "marked"),
    [
        ("# a comment\n#nodes:2\n1 2\n", {}, ["1>2"], 2, 0),
        ("%%banner\n% sym unweighted\n1 2\n", {}, ["1>2"], 2, 0),
        ("1 2\n# more\n#\n2 3\n", {}, ["1>2", "2>3"], 2, 0),
        ("#love music\n#cats #dogs\nmusic #love\n", {}, ["#cats>#dogs", "#love>music", "music>#love"], 0, 2),
        ("#love #peace\n#cats #dogs\n", {}, ["#cats>#dogs", "#love>#peace"], 0, 2),
        ("music,#love\n#love,peace\n", {}, ["#love>peace", "music>#love"], 0, 1),
        ("a b\n%x c\n", {}, ["%x>c", "a>b"], 0, 1),
        ("# rank\tword\n#a\tb\nc\t#a\n", {}, ["#a>b", "c>#a"], 1, 1),
        ("#\tx\ny\tz\n", {"separator": "\t", "comments": ""}, ["#>x", "y>z"], 0, 0),
        ("#a b\nc #a\n", {"comments": "#"}, ["c>#a"], 1, 0),
        ("; note\na b\n", {"comments": ";"}, ["a>b"], 1, 0),
        ("# a\n% b\n", {"comments": ""}, ["#>a", "%>b"], 0, 0),
    ],
)
def test_comments_are_passed_over_where_that_is_sure(tmp_path, content, options, expected, comments, marked):
    path = tmp_path / "edges.txt"
    path.write_text(content)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        graph = read_edges(path, directed=True, **options)
    assert sorted(">".join(pair) for pair in pairs(graph)) == sorted(expected)
    assert (graph.report.comments, graph.report.marked) == (comments, marked)
    said = any(f"{marked} lines that begin with # or % are read as edges" in str(one.message) for one in caught)
    assert said == bool(marked)


def test_what_a_file_says_of_directions_is_said(tmp_path):
    (tmp_path / "snap.txt").write_text("# Directed graph (each unordered pair of nodes is saved once): x.txt\n0\t1\n")
    with pytest.warns(UserWarning, match=r"says of itself that its edges are directed .*; directed=True keeps"):
        read_edges(tmp_path / "snap.txt")
    assert read(tmp_path, (tmp_path / "snap.txt").read_text())[1] == []


# ---- further fields, and adjacency lists ---------------------------------------------------------------------------


def test_further_fields_are_counted_and_said(tmp_path):
    edges, said = read(tmp_path, "1 2 1 1082040961\n1 3 1 1082155839\n")
    assert edges == ["1>2", "1>3"]
    assert said == [
        "passed over what 2 lines have from a third field on: weighted=True reads weights, format='adjacency'"
        " neighbours"
    ]
    said = read(tmp_path, "1 2 1 1082040961\n", weighted=True)[1]
    assert said == ["passed over what 1 lines have from a fourth field on"]


ADJACENCY = "1 2 3 4\n2 1\n3 1 4\n4 1 3\n"


@pytest.mark.parametrize(
    ("content", "name", "options"),
    [
        (ADJACENCY, "edges.txt", {}),
        (ADJACENCY.replace(" ", "\t"), "edges.txt", {}),
        (ADJACENCY.replace(" ", ","), "edges.csv", {}),
        (ADJACENCY, "edges.txt", {"format": "adjacency"}),
        ("# networkx\n" + ADJACENCY, "g.adjlist", {}),
        (ADJACENCY + "5\n", "edges.txt", {}),
        (ADJACENCY.replace("\n", " \r\n"), "edges.txt", {}),
    ],
)
def test_adjacency_lists_keep_all_neighbours(tmp_path, content, name, options):
    edges, said = read(tmp_path, content, name, **options)
    assert edges == ["1>2", "1>3", "1>4", "2>1", "3>1", "3>4", "4>1", "4>3"]
    detected = "format" not in options and not name.endswith("adjlist")
    assert any("is read as an adjacency list" in sentence for sentence in said) == detected
    graph = read_edges(tmp_path / name, format="adjacency")
    assert graph.n_edges == 4
    assert graph.report.merged == 4
    assert ("5" in graph.vocabulary) == ("5" in content)


def test_lists_of_equal_length_are_adjacency_lists_if_neighbours_name_each_other(tmp_path):
    edges, said = read(tmp_path, "1 2 3\n2 1 3\n3 1 2\n")
    assert edges == ["1>2", "1>3", "2>1", "2>3", "3>1", "3>2"]
    assert "is read as an adjacency list" in said[0]
    edges, said = read(tmp_path, "1 2 1\n2 3 1\n3 1 1\n")
    assert edges == ["1>2", "2>3", "3>1"]
    assert "passed over what 3 lines have from a third field on" in said[0]


def test_lines_that_may_mean_either_are_refused(tmp_path):
    for content in ("1 2\n2 3 5\n", "a b\na b c\n", "a b c\na b\n", "New York Rio\nRio Bonn\n"):
        with pytest.raises(BadInput, match=r"edges\.txt:2: .* fields than the lines before; .*format='adjacency'"):
            read(tmp_path, content)
    assert read(tmp_path, "a b\na b c\n", format="edges")[0] == ["a>b"]
    with pytest.raises(BadInput, match="weighted is given for an adjacency list"):
        read(tmp_path, ADJACENCY, format="adjacency", weighted=True)


def test_networkx_adjacency_lists(tmp_path):
    club = networkx.karate_club_graph()
    networkx.write_adjlist(club, tmp_path / "g.adjlist")
    assert pairs(read_edges(tmp_path / "g.adjlist")).keys() == {
        pair for a, b in club.edges for pair in ((str(a), str(b)), (str(b), str(a)))
    }
    (tmp_path / "deepwalk").write_text("".join(f"{a} {' '.join(map(str, club[a]))}\n" for a in club))
    with pytest.warns(UserWarning, match="is read as an adjacency list, a node and its neighbours"):
        graph = read_edges(tmp_path / "deepwalk")
    assert graph.n_edges == club.number_of_edges()


# ---- Matrix Market -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symmetry", ["general", "symmetric"])
@pytest.mark.parametrize("field", ["real", "integer", "pattern"])
@pytest.mark.parametrize("name", ["g.mtx", "g.txt", "g.mtx.gz"])
def test_matrix_market_files(tmp_path, symmetry, field, name):
    draw = np.random.default_rng(1)
    dense = np.triu(draw.random((9, 9)) < 0.4) * draw.integers(1, 5, (9, 9))
    dense = dense + np.triu(dense, 1).T if symmetry == "symmetric" else dense
    matrix = scipy.sparse.coo_matrix(dense.astype(int if field == "integer" else float))
    scipy.io.mmwrite(tmp_path / "plain.mtx", matrix, field=field, symmetry=symmetry, comment="a comment")
    content = (tmp_path / "plain.mtx").read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    values = matrix != 0 if field == "pattern" else matrix
    expected = Graph.from_scipy(scipy.sparse.csr_matrix(values.astype(float)), range(1, 10))
    graph = read_edges(tmp_path / name)
    assert graph.directed == (symmetry == "general")
    assert graph.keys == expected.keys
    assert pairs(graph) == pairs(expected)
    assert set(graph.keys) == set("123456789")  # also those that no entry names
    assert graph.report.format == "matrix-market"
    assert read_edges(tmp_path / name, directed=True).directed


BANNER = "%%MatrixMarket matrix coordinate real general\n"


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("1 1 1\n", {}, r"g\.mtx:1: begins '1 1 1'; expected a banner"),
        (BANNER.replace("coordinate", "array"), {}, "layout array; expected a sparse matrix"),
        (BANNER.replace("real", "complex"), {}, "has complex values"),
        (BANNER.replace("general", "skew-symmetric"), {}, "is skew-symmetric"),
        (BANNER, {}, "lacks the line with the numbers of rows"),
        (BANNER + "3 4 1\n1 1 1\n", {}, r"g\.mtx:2: has 3 rows and 4 columns, which are nodes of two kinds"),
        (BANNER + "% c\n3 3\n", {}, r"g\.mtx:3: is '3 3'; expected the numbers"),
        (BANNER + "3 3 2\n1 2 1\n", {}, "holds 1 entries; its size line says 2"),
        (BANNER + "3 3 1\n1 2 1\n2 3 1\n", {}, "holds 2 entries; its size line says 1"),
        (BANNER + "3 3 1\n1 4 1\n", {}, r"g\.mtx:3: '1 4 1' names no row and column from 1 to 3"),
        (BANNER + "3 3 1\n0 1 1\n", {}, "from 1 to 3"),
        (BANNER + "3 3 1\n1.0 2 1\n", {}, "from 1 to 3"),
        (BANNER + "3 3 1\n1 2\n", {}, r"g\.mtx:3: '1 2' has no number as its value"),
        (BANNER + "3 3 1\n1 2 -1\n", {}, r"g\.mtx:3: '1 2 -1' has the weight -1.0"),
        (BANNER + "2000000000 2000000000 1\n1 2 1\n", {}, "says 2,000,000,000 rows .*; expected 1 to 1,048,640"),
        (BANNER + "3 3 1\n1 2 1\n", {"directed": False}, "matrix is not symmetric; give directed=True"),
        (BANNER.replace("real", "pattern") + "3 3 1\n1 2\n", {"weighted": True}, "of the kind pattern"),
        (BANNER + "3 3 1\n1 2 1\n", {"separator": ","}, "separator is ',' and the edges are a file in the format"),
    ],
)
def test_matrix_market_files_that_are_refused(tmp_path, content, options, message):
    (tmp_path / "g.mtx").write_text(content)
    with pytest.raises(BadInput, match=message) as error:
        read_edges(tmp_path / "g.mtx", **options)
    assert "\n" not in str(error.value)


# ---- pipes, names, tables ------------------------------------------------------------------------------------------


def test_pipes_and_names_with_brackets(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("a b\nb c\n"))
    writer.start()
    assert len(read_edges(tmp_path / "pipe")) == 3
    writer.join()
    (tmp_path / "e1.txt").write_text("wrong file\n")
    (tmp_path / "e[1].txt").write_text("a b\n")
    assert set(read_edges(tmp_path / "e[1].txt").keys) == {"a", "b"}
    for name, keys in (("e1", ["wrong", "file"]), ("e[1]", ["a", "b"])):
        polars.DataFrame({"source": keys[:1], "target": keys[1:]}).write_parquet(tmp_path / f"{name}.parquet")
    assert set(read_edges(tmp_path / "e[1].parquet").keys) == {"a", "b"}
    whole = gzip.compress(b"a b\n" * 1_000)
    (tmp_path / "cut.txt.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"cut\.txt\.gz: is cut short"):
        read_edges(tmp_path / "cut.txt.gz")


TABLE = {"source": [1, 2, 3], "target": [2, 3, 1], "weight": [0.5, 1.0, 2.0]}


@pytest.mark.parametrize("make", [pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.table])
def test_tables(make):
    graph = read_edges(make(TABLE), weighted=True, directed=True)
    assert pairs(graph) == {("1", "2"): 0.5, ("2", "3"): 1.0, ("3", "1"): 2.0}
    gaps = {**TABLE, "source": [1.0, None, 3.0]}
    with pytest.raises(BadInput, match="table: row 2 lacks a source or a target"):
        read_edges(make(gaps), weighted=True)
    floats = {"weight": [1.0, 2.0], "target": [2.0, 3.0], "source": ["1", "2"]}
    assert set(pairs(read_edges(make(floats), weighted=True, directed=True))) == {("1", "2"), ("2", "3")}


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"a": [[1, 2]], "b": [3]}, {}, r"expected a to be strings or whole numbers; write an edge a row"),
        ({"a": [1.5], "b": [3]}, {}, "row 1 has the a 1.5; expected a string or a whole number"),
        ({"a": [True], "b": [False]}, {}, "expected a to be strings or whole numbers"),
        ({"a": [1], "b": [2], "c": ["x"]}, {"weighted": True}, "expected c to be numbers"),
        ({"a": [""], "b": ["x"]}, {}, "row 1 lacks a source or a target"),
        ({"a": [1], "b": [2]}, {"separator": ","}, "separator is ',' and the edges are a table"),
        ({"a": [], "b": []}, {}, "expected a to be strings or whole numbers"),
    ],
)
def test_tables_that_are_refused(table, options, message):
    with pytest.raises(BadInput, match=message):
        read_edges(polars.DataFrame(table), **options)


def test_graphs_of_other_libraries_are_told_where_to_go():
    with pytest.raises(BadInput, match=r"source is a Graph; give it to Graph\.from_networkx"):
        read_edges(networkx.karate_club_graph())
    with pytest.raises(BadInput, match=r"give it to Graph\.from_scipy"):
        read_edges(scipy.sparse.eye(3).tocsr())
    with pytest.raises(BadInput, match=r"source is a list of pairs; give Graph\.from_edges"):
        read_edges([("a", "b")])


# ---- one graph, every format ---------------------------------------------------------------------------------------

EDGES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40)), min_size=2, max_size=25)


@settings(deadline=None, max_examples=25)
@given(EDGES, st.booleans())
def test_the_same_graph_in_every_format_is_the_same(tmp_path_factory, edges, weighted):
    folder = tmp_path_factory.mktemp("formats")
    edges = list({(a, b): (a, b, weight / 8) for a, b, weight in edges}.values())
    if not any(a != b for a, b, _ in edges):
        edges.append((1, 2, 0.5))
    sources, targets, weights = zip(*edges, strict=True)
    n = max(sources + targets)
    expected = Graph.from_edges(sources, targets, weights if weighted else None, directed=True, nodes=range(1, n + 1))
    named = {str(end) for a, b, _ in edges for end in (a, b)}
    cells = [[str(a), str(b), *([repr(weight)] if weighted else [])] for a, b, weight in edges]
    files = {}
    for name, separator in (("tab.tsv", "\t"), ("comma.csv", ","), ("space.txt", " "), ("semicolon.csv", ";")):
        files[name] = "\n".join(separator.join(row) for row in cells) + "\n"
    files["quoted.csv"] = "\n".join(
        ",".join(f'"{cell}"' if i < 2 else cell for i, cell in enumerate(row)) for row in cells
    )
    files["header.csv"] = "source,target,weight\n"[: None if weighted else 13].rstrip(",\n") + "\n" + files["comma.csv"]
    files["comments.txt"] = "# nodes\n%\n" + files["tab.tsv"].replace("\n", "\n# between\n")
    files["windows.txt"] = files["space.txt"].replace("\n", "\r\n")
    files["mac.txt"] = files["space.txt"].replace("\n", "\r")
    for name, content in files.items():
        (folder / name).write_bytes(content.encode())
    (folder / "packed.txt.gz").write_bytes(gzip.compress(files["space.txt"].encode()))
    (folder / "wide.txt").write_bytes(files["space.txt"].encode("utf-16"))
    if not weighted:
        rows = {a: [str(b) for source, b, _ in edges if source == a] for a, _, _ in edges}
        (folder / "g.adjlist").write_text("".join(f"{a} {' '.join(others)}\n" for a, others in rows.items()))
    matrix = scipy.sparse.coo_matrix((weights, (np.array(sources) - 1, np.array(targets) - 1)), shape=(n, n))
    scipy.io.mmwrite(
        folder / "g.mtx", matrix, field="real" if weighted else "pattern", symmetry="general", precision=17
    )
    frame = polars.DataFrame({"source": sources, "target": targets, **({"weight": weights} if weighted else {})})
    frame.write_parquet(folder / "g.parquet")
    for source in [*sorted(folder.iterdir()), frame, frame.to_pandas()]:
        options = {"encoding": "utf-16"} if getattr(source, "name", "") == "wide.txt" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = read_edges(source, weighted=weighted, directed=True, **options)
        assert set(graph.keys) == (set(expected.keys) if getattr(source, "name", "") == "g.mtx" else named), source
        assert pairs(graph) == pairs(expected), source
        assert graph.directed


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abc"), st.sampled_from([0, 1, 2])), min_size=1))
@settings(deadline=None, max_examples=40)
def test_every_line_is_accounted_for(tmp_path_factory, edges):
    path = tmp_path_factory.mktemp("counts") / "edges.txt"
    path.write_text("# one\n" + "".join(f"{a} {b} {weight}\n" for a, b, weight in edges))
    for self_loops in ("keep", "drop"):
        graph = read_edges(path, weighted=True, self_loops=self_loops)
        report = graph.report
        heavy = [(a, b) for a, b, weight in edges if weight]
        assert (report.entries, report.comments, report.zero) == (len(edges), 1, len(edges) - len(heavy))
        assert report.loops == sum(a == b for a, b in heavy)
        distinct = {frozenset(pair) for pair in heavy if self_loops == "keep" or pair[0] != pair[1]}
        assert graph.n_edges == len(distinct)
        dropped = report.loops if self_loops == "drop" else 0
        assert report.merged == len(heavy) - dropped - len(distinct)
