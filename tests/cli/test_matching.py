"""What is given to a verb and matches nothing there is an error that names both; what matches little warns."""

import json

import pytest

QUIET = "-q"
SMALL = ["--vector-size", 4, QUIET]


@pytest.fixture
def shop(nearfield, tmp_path, monkeypatch):
    """Words, items and nodes that were fitted, and files that name others."""
    monkeypatch.chdir(tmp_path)
    files = {
        "text": "red green blue\nsun moon sea\n" * 60,
        "log.csv": log("i"),
        "other.csv": log("x"),
        "mixed.csv": log("i", 3),
        "edges": "".join(f"a{i} a{(i + k) % 20}\n" for i in range(20) for k in (1, 2, 5)),
        "other": "".join(f"b{i} b{(i + k) % 20}\n" for i in range(20) for k in (1, 2, 5)),
        "more": "".join(f"a{i} a{(i + k) % 25}\n" for i in range(25) for k in (1, 2, 5)),
        "pairs": "cat dog 5\nhouse tree 3\nking queen 8\n",
        "few-pairs": "cat dog 5\nhouse tree 3\nred green 8\n",
        "questions": ": x\ncat dog king queen\n",
        "labels": "".join(f"c{i} {i % 2}\n" for i in range(20)),
        "few-labels": "".join(f"{'a' if i < 8 else 'c'}{i} {i % 2}\n" for i in range(20)),
        "side.csv": "item,colour\nq1,red\nq2,blue\n",
        "few-side.csv": "item,colour\ni1,red\ni2,blue\n",
        "list": "zebra\nyak\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert nearfield("fit", "words", "text", "-o", "words", "--sample", 0, *SMALL).code == 0
    assert nearfield("fit", "items", "log.csv", "-o", "items", "--no-clean", *SMALL).code == 0
    assert nearfield("fit", "nodes", "edges", "-o", "nodes", "--num-walks", 4, *SMALL).code == 0
    return tmp_path


def log(prefix, known=12):
    rows = [
        f"u{u},{prefix if item < known else 'y'}{item},{10**9 + 600 * n + 60 * u}\n"
        for u in range(60) for n in range(10) for item in [(u * 5 + n) % 12]
    ]  # fmt: skip
    return "user,item,time\n" + "".join(rows)


@pytest.mark.parametrize(
    ("arguments", "found", "there"),
    [
        (["evaluate", "words", "words", "--similarity", "pairs"], "none of 3 pairs of pairs", ("'cat'", "'red'")),
        (["evaluate", "words", "words", "--analogies", "questions"], "none of 1 questions", ("'cat'", "'red'")),
        (["evaluate", "items", "other.csv", "--vectors", "items"], "none of 12 items of the log", ("'x0'", "'i0'")),
        (["evaluate", "nodes", "nodes", "labels"], "0 of 20 labelled nodes have a vector", ("'c0'", "'a")),
        (["evaluate", "links", "other", "--vectors", "nodes"], "none of 20 nodes of the edges", ("'b", "'a")),
        (["evaluate", "links", "more", "--vectors", "nodes"], "know 20 of 25 nodes of the edges", ("'a2",)),
        (["next", "items", "zz"], "unknown key 'zz'", ()),
        (["similar", "items", "zz"], "unknown key 'zz'", ()),
        (["fit", "items", "log.csv", "-o", "o", "--side", "side.csv", QUIET], "none of 12 items", ("'i0'", "'q1'")),
        (
            ["fit", "nodes", "edges", "-o", "o", "--method", "eges", "--side", "side.csv", QUIET],
            "none of 20 nodes of the graph",
            ("'a", "'q1'"),
        ),
        (
            ["fit", "words", "text", "-o", "o", "--keep", "list", QUIET],
            "none of its 2 tokens is in the text",
            ("zebra",),
        ),
        (
            ["fit", "words", "text", "-o", "o", "--stop", "list", QUIET],
            "none of its 2 tokens is in the text",
            ("zebra",),
        ),
    ],
)
def test_what_matches_nothing_is_one_line_and_2(nearfield, shop, arguments, found, there):
    code, out, err = nearfield(*arguments)
    assert (code, out) == (2, "")
    *_, last = err.splitlines()
    assert last.startswith("nearfield: ")
    assert found in last
    assert all(name in last for name in there), last
    assert not (shop / "o").exists()


@pytest.mark.parametrize(
    ("arguments", "warned"),
    [
        (
            ["evaluate", "words", "words", "--similarity", "few-pairs"],
            "the vectors in words know 1 of 3 pairs of few-pairs; unknown are such as 'cat', 'dog', 'house'",
        ),
        (
            ["evaluate", "items", "mixed.csv", "--vectors", "items"],
            "the vectors in items know 3 of 12 items of the log (25.0% of what stands there); unknown are such as 'y",
        ),
        (
            ["evaluate", "nodes", "nodes", "few-labels", "--shuffles", 1, "--shares", "0.5"],
            "the vectors in nodes know 8 of 20 labelled nodes of few-labels; unknown are such as 'c10'",
        ),
        (
            ["fit", "items", "log.csv", "-o", "o", "--side", "few-side.csv", "--epochs", 1, QUIET],
            "the table few-side.csv knows 2 of 12 items of the log (16.7% of what stands there)",
        ),
    ],
)
def test_what_matches_little_warns(nearfield, shop, arguments, warned):
    code, _, err = nearfield(*arguments)
    assert code == 0, err
    assert [line for line in err.splitlines() if line.startswith(f"nearfield: warning: {warned}")], err


def test_a_check_that_matches_nothing_publishes_nothing(nearfield, shop):
    code, _, err = nearfield("publish", "words", "--store", "store", "--similarity", "pairs")
    assert (code, "the vectors know none of 3 pairs of pairs" in err) == (1, True)
    assert not (shop / "store").exists()


def test_what_matches_says_so_and_warns_of_nothing(nearfield, shop):
    code, out, err = nearfield("evaluate", "items", "log.csv", "--vectors", "items", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["recommender"] == "next"
    assert "the vectors in items know 12 of 12 items of the log (100.0% of what stands there)" in err
    assert "warning" not in err
