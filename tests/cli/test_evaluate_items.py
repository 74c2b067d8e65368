"""What came next, foretold beside the baselines."""

import json

import pytest

OPTIONS = ["--user", "u", "--item", "i", "--time", "t", "--no-clean"]


@pytest.fixture
def clicks(tmp_path):
    """People who go on through sixty items, from anywhere; some go on later than others."""
    rows = [f"u{u},i{(u * 7 + n) % 60},{10**9 + 600 * n + 60 * u}\n" for u in range(240) for n in range(12)]
    (tmp_path / "clicks.csv").write_text("u,i,t\n" + "".join(rows))
    return tmp_path / "clicks.csv"


@pytest.mark.parametrize("split", ["time", "last"])
def test_order_is_learnt_where_counts_tell_nothing(nearfield, clicks, split):
    code, out, err = nearfield("evaluate", "items", clicks, *OPTIONS, "--split", split, "--json")
    assert code == 0, err
    results = {row["recommender"]: row for row in map(json.loads, out.splitlines())}
    assert list(results) == ["next", "item-kNN", "popularity", "popularity of the last week"]
    assert results["next"]["hit_rate"] > 0.9
    assert results["popularity"]["hit_rate"] < 0.6
    assert results["next"]["hit_rate_interval"][0] <= results["next"]["hit_rate"]
    assert sum(group["n"] for group in results["next"]["by_popularity"]) == results["next"]["n"]


def test_the_tables(nearfield, clicks):
    code, out, err = nearfield("evaluate", "items", clicks, *OPTIONS, "--split", "session", "--gap", "day")
    assert code == 0
    assert "predicts" in err
    assert out.splitlines()[0].split()[:3] == ["ranked", "by", "HR@10"]
    assert any(line.startswith("popularity of what came") for line in out.splitlines())


def test_given_vectors_are_judged(nearfield, clicks, tmp_path):
    fit = ["fit", "items", clicks, *OPTIONS, "-o", tmp_path / "items", "--epochs", "1", "--workers", "1", "--quiet"]
    assert nearfield(*fit)[0] == 0
    evaluate = ["evaluate", "items", clicks, *OPTIONS, "--split", "last", "--json"]
    results = [
        json.loads(nearfield(*evaluate, *more)[1].splitlines()[0]) for more in ([], ["--vectors", tmp_path / "items"])
    ]
    assert results[0]["ndcg"] != results[1]["ndcg"]


def test_a_split_that_leaves_nothing_is_one_line(nearfield, tmp_path):
    (tmp_path / "clicks.csv").write_text("u,i,t\na,x,1000000001\nb,y,1000000002\n")
    options = [*OPTIONS, "--split", "last", "--min-count", 1]
    code, out, err = nearfield("evaluate", "items", tmp_path / "clicks.csv", *options)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == "nearfield: no sequence has two tokens or more; expected something to foretell"


def test_few_cases_are_told_with_the_split_that_has_more(nearfield, tmp_path):
    """Users who do all that they do in one sitting are on one side of any moment."""
    rows = [f"u{u},i{(u + n) % 9},{10**9 + 86_400 * u + 97 * n * n}" for u in range(60) for n in range(6)]
    rows += [f"u1,i{n},{10**9 + 86_400 * 59 + n}" for n in range(3)]
    (tmp_path / "clicks.csv").write_text("user,item,time\n" + "\n".join(rows) + "\n")
    options = ["--epochs", 1, "--min-count", 1, "--gap", "none"]
    code, _, err = nearfield("evaluate", "items", tmp_path / "clicks.csv", *options)
    assert code == 0, err
    assert "only 2 of 60 sequences have events on both sides of the split; --split last evaluates 60" in err
    last = nearfield("evaluate", "items", tmp_path / "clicks.csv", *options, "--split", "last")
    assert last.code == 0
    assert "only" not in last.err
