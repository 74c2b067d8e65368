"""From a raw log to item vectors that answer."""

import json

import pytest

from nearfield import load

HEADING = "uid,sku,ts,kind\n"


@pytest.fixture
def clicks(tmp_path):
    """People who go round twelve items, an item a minute, and a robot."""
    rows = [f"u{u},i{(u + n) % 12},{10**9 + 60 * n + u % 7},view\n" for u in range(60) for n in range(15)]
    rows += [f"robot,i{n % 12},{10**9 + n // 4},view\n" for n in range(500)]
    (tmp_path / "clicks.csv").write_text(HEADING + "".join(rows))
    return tmp_path / "clicks.csv"


OPTIONS = ["--user", "uid", "--item", "sku", "--time", "ts"]
QUICK = ["--vector-size", "16", "--window", "1", "--sample", "0", "--workers", "1"]


def test_a_log_becomes_vectors_that_tell_what_comes_next(nearfield, clicks, tmp_path):
    code, out, err = nearfield("fit", "items", clicks, *OPTIONS, *QUICK, "-o", tmp_path / "items")
    assert (code, out) == (0, "")
    assert "per min: 500 events of 1 users (users with more than 100 events in 1min)" in err
    assert "kept 900 of 1,400 events, 60 of 61 users" in err
    assert "read 900 events of 60 users, 12 items" in err
    code, out, _ = nearfield("next", tmp_path / "items", "i3", "i4", "-k", "1", "--json")
    assert (code, json.loads(out)["key"]) == (0, "i5")
    assert nearfield("similar", tmp_path / "items", "i3", "-k", "2")[0] == 0
    assert load(tmp_path / "items").metadata["trained"]["estimator"] == "ItemEmbedding"


def test_nothing_is_dropped_unasked_and_standard_input_is_read(process, clicks, tmp_path):
    code, _, err = process(
        "fit", "items", "-", *OPTIONS, *QUICK, "--no-clean", "--gap", "10min", "-o", "items",
        cwd=tmp_path, text=clicks.read_text(),
    )  # fmt: skip
    assert code == 0, err
    assert "read 1,400 events of 61 sessions, 12 items" in err


def test_rules_weights_and_groups(nearfield, clicks, tmp_path):
    more = ["--event", "kind", "--event-weight", "view=2", "--half-life", "view=1h,1d", "--group", "kind", "-q"]
    assert nearfield("fit", "items", clicks, *OPTIONS, *QUICK, *more, "-o", tmp_path / "items", "--epochs", 1)[0] == 0
    more = ["--rule", "max_per_minute=none", "--rule", "max_per_hour=400", "--gap", "1min", "--max-length", "10"]
    code, _, err = nearfield("fit", "items", clicks, *OPTIONS, *QUICK, *more, "-o", tmp_path / "items", "--epochs", 1)
    assert code == 0
    assert "per h: 500 events of 1 users (users with more than 400 events in 1h)" in err
    assert "read 900 events of 120 sessions, 12 items" in err


def test_what_is_not_there_is_told_without_cleaning_too(nearfield, clicks, tmp_path):
    clicks.write_text(clicks.read_text() + "u0,,1000000005,view\nu1,i1,,view\n,i1,1000000005,view\n")
    code, _, err = nearfield("fit", "items", clicks, *OPTIONS, *QUICK, "--no-clean", "-o", tmp_path / "items")
    assert code == 0
    for line in ("no user: 1 events of 0 users (rows without a user)", "no item: 1 events", "no time: 1 events"):
        assert line in err
    assert "kept 1,400 of 1,403 events, 61 of 61 users" in err


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (HEADING + "u,a,1,view\n", [], "clicks.csv: there is no column 'user'; there are: 'uid', 'sku', 'ts', 'kind'"),
        (HEADING + "u,a,soon,view\n", OPTIONS, 'clicks.csv:2: time "soon" is no time; expected ISO 8601'),
        (HEADING + "u,a,1000000001,view\n", OPTIONS, "no session is left; expected events"),
        (HEADING, OPTIONS, "cleaning leaves nothing of 0 events"),
        ("", OPTIONS, "clicks.csv: is empty; expected a log with a header row"),
    ],
)
def test_a_log_that_is_none_is_one_line(nearfield, tmp_path, content, options, message):
    (tmp_path / "clicks.csv").write_text(content)
    code, out, err = nearfield("fit", "items", tmp_path / "clicks.csv", *options, "-o", tmp_path / "items")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not (tmp_path / "items").exists()


def test_side_information_gives_vectors_to_items_that_nobody_has_touched(nearfield, clicks, tmp_path):
    table = tmp_path / "side.csv"
    kinds = [f"i{i},{'even' if i % 2 == 0 else 'odd'},{'low|small' if i < 6 else ''}" for i in range(12)]
    table.write_text("\n".join(["item,kind,size", *kinds, "new,even,low", "other,strange,"]))
    output = tmp_path / "items"
    more = ["--side", table, "--epochs", "5"]
    code, _, err = nearfield("fit", "items", clicks, *OPTIONS, *QUICK, *more, "-o", output)
    assert code == 0, err
    vectors = load(output)
    assert sorted(vectors.keys) == sorted([*(f"i{i}" for i in range(12)), "new"])
    assert nearfield("next", output, "new", "-k", "2")[0] == 0
    before = vectors.input
    assert nearfield("fit", "items", clicks, *OPTIONS, *QUICK, *more, "--no-attention", "-o", output)[0] == 0
    assert (load(output).input != before).any()


def test_side_information_is_refused_with_groups_or_where_there_is_none(nearfield, clicks, tmp_path):
    table = tmp_path / "side.csv"
    table.write_text("item,kind\ni1,x\n")
    code, _, err = nearfield(
        "fit", "items", clicks, *OPTIONS, "--side", table, "--group", "kind", "-o", tmp_path / "items"
    )
    assert (code, "--side and --group" in err) == (2, True)
    code, _, err = nearfield(
        "fit", "items", clicks, *OPTIONS, "--side", tmp_path / "none.csv", "-o", tmp_path / "items"
    )
    assert (code, "none.csv" in err) == (2, True)
    assert not (tmp_path / "items").exists()
