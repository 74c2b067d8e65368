"""Every verb that takes something saved reads new input as that was read, and every verb has the same defaults."""

import inspect
import json

import pytest

import nearfield as nf
from nearfield.cli.app import app
from nearfield.defaults import MIN_COUNT
from nearfield.reading import reading_of
from nearfield.store import Store

QUIET = "-q"
SMALL = ["--vector-size", 8, "--workers", 1, QUIET]


def verbs(commands, prefix=()):
    """All commands, by their names, with the functions behind them."""
    found = {}
    for command in commands.registered_commands:
        name = command.name or command.callback.__name__.replace("_", "-")
        found[(*prefix, name)] = command.callback
    for group in commands.registered_groups:
        found |= verbs(group.typer_instance, (*prefix, group.name))
    return found


def test_one_default_of_min_count_for_all_verbs():
    with_count = {name: inspect.signature(verb).parameters.get("min_count") for name, verb in verbs(app).items()}
    with_count = {name: parameter.default for name, parameter in with_count.items() if parameter is not None}
    assert set(with_count.values()) == {MIN_COUNT}
    expected = {
        ("fit", "words"), ("fit", "items"), ("evaluate", "items"), ("evaluate", "stream"), ("tune", "items"),
        ("follow", "words"), ("follow", "items"), ("update",),
    }  # fmt: skip
    assert expected <= set(with_count)
    assert inspect.signature(nf.read_text).parameters["min_count"].default == MIN_COUNT


def test_what_is_evaluated_is_trained_as_what_is_saved():
    fit, evaluate = (inspect.signature(verbs(app)[kind, "items"]).parameters for kind in ("fit", "evaluate"))
    for name, parameter in fit.items():
        if name not in ("output", "users", "quiet"):
            assert evaluate[name].default == parameter.default, name


@pytest.fixture
def text(tmp_path):
    """Lines in which rare words and phrases stand."""
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("New York is Big\nold New York\n" * 60 + "seldom big\n")
    new.write_text("New York is new\nOld york is Big\n" * 30 + "BIG seldom\n")
    return old, new


@pytest.fixture
def log(tmp_path):
    for name, first in (("old", 0), ("new", 1)):
        rows = [
            f"u{u},i{(u + n + first) % 12},{10**9 + first * 10**6 + 3600 * n},{'buy' if n % 4 == 0 else 'view'}\n"
            for u in range(40) for n in range(12)
        ]  # fmt: skip
        rows.append(f"u1,rare{first},{10**9 + first * 10**6},view\n")
        (tmp_path / f"{name}.csv").write_text("uid,sku,ts,kind\n" + "".join(rows))
    return tmp_path / "old.csv", tmp_path / "new.csv"


LOG = ["--user", "uid", "--item", "sku", "--time", "ts", "--event", "kind", "--no-clean"]
SPLIT = ["--gap", "90min", "--event-weight", "buy=2", "--min-count", 3]


def test_text_is_read_alike_by_update(nearfield, tmp_path, text):
    old, new = text
    options = ["--no-lowercase", "--phrases", 1, "--phrase-threshold", 0.05, "--min-count", 3, "--sample", 0]
    assert nearfield("fit", "words", old, "-o", tmp_path / "v1", *options, *SMALL).code == 0
    code, _, err = nearfield("update", tmp_path / "v1", new, "-o", tmp_path / "v2", QUIET)
    assert (code, err) == (0, "")
    before, after = nf.load(tmp_path / "v1"), nf.load(tmp_path / "v2")
    assert "New_York" in before
    assert {"new", "Old", "york"} <= set(after.keys) - set(before.keys)
    assert not {"BIG", "seldom"} & set(after.keys)  # too rare to come in
    assert reading_of(after) == reading_of(before)
    # what is typed takes the place of what was said for the fit, and one line says so
    code, _, err = nearfield(
        "update", tmp_path / "v1", new, "-o", tmp_path / "v3", QUIET, "--lowercase", "--min-count", 1
    )
    assert code == 0
    assert err == (
        "nearfield: read otherwise than for the fit, as typed: lowercase is True, was False; min_count is 1, was 3\n"
    )
    assert {"seldom", "york"} <= set(nf.load(tmp_path / "v3").keys)
    code, _, err = nearfield("update", tmp_path / "v1", new, "-o", tmp_path / "v3", QUIET, "--no-lowercase")
    assert (code, err) == (0, "")  # the same


def test_a_chinese_text_is_read_alike_by_update(nearfield, tmp_path):
    (tmp_path / "old.txt").write_text("我喜欢北京的秋天\n北京的秋天很漂亮\n" * 40)
    (tmp_path / "new.txt").write_text("上海的秋天很漂亮\n我喜欢上海\n" * 40)
    options = ["--language", "zh", "--sample", 0]
    assert nearfield("fit", "words", tmp_path / "old.txt", "-o", tmp_path / "v1", *options, *SMALL).code == 0
    answer = nearfield("update", tmp_path / "v1", tmp_path / "new.txt", "-o", tmp_path / "v2", QUIET)
    assert (answer.code, answer.err) == (0, "")
    assert set(nf.load(tmp_path / "v2").keys) - set(nf.load(tmp_path / "v1").keys) == {"上海"}


def test_known_keys_count_however_rare_they_are_in_what_is_new(nearfield, tmp_path, text):
    old, _ = text
    assert nearfield("fit", "words", old, "-o", tmp_path / "v1", "--sample", 0, *SMALL).code == 0
    (tmp_path / "few.txt").write_text("old big\nnew york\n")
    answer = nearfield("update", tmp_path / "v1", tmp_path / "few.txt", "-o", tmp_path / "v2", QUIET)
    assert answer.code == 0, answer.err
    before, after = nf.load(tmp_path / "v1"), nf.load(tmp_path / "v2")
    assert after.keys == before.keys
    assert after.counts[after.vocabulary["big"]] == before.counts[before.vocabulary["big"]] + 1


@pytest.mark.parametrize("users", [[], ["--users"]])
def test_a_log_is_read_alike_by_update(nearfield, tmp_path, log, users):
    old, new = log
    assert nearfield("fit", "items", old, *LOG, *SPLIT, "-o", tmp_path / "v1", *SMALL, *users).code == 0
    before = nf.load(tmp_path / "v1")
    assert reading_of(before)["sessions"]["gap"] == "90min"
    assert before.metadata["trained"]["min_count"] == 3
    code, _, err = nearfield("update", tmp_path / "v1", new, "-o", tmp_path / "v2", QUIET)
    assert (code, err) == (0, "")
    after = nf.load(tmp_path / "v2")
    assert after.keys == before.keys  # rare1 is too rare
    assert after.counts.sum() == before.counts.sum() + 480
    code, _, err = nearfield(
        "update", tmp_path / "v1", new, "-o", tmp_path / "v3", QUIET, "--gap", "none", "--min-count", 1, "--clean",
    )  # fmt: skip
    assert code == 0
    changes = "gap is None, was '90min'; min_count is 1, was 3; clean is new"
    assert err == f"nearfield: read otherwise than for the fit, as typed: {changes}\n"
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(new.read_text().replace("uid,sku", "who,what"))
    named = ["--user", "who", "--item", "what"]
    code, _, err = nearfield("update", tmp_path / "v1", renamed, "-o", tmp_path / "v4", QUIET, *named)
    assert (code, err) == (0, "")  # columns of other names mean the same
    assert (nf.load(tmp_path / "v4").input == after.input).all()


def test_edges_are_read_alike_by_update_and_evaluate(nearfield, tmp_path):
    edges = [f"a{i};a{(i + k) % 20};{1 + i % 3}" for i in range(20) for k in (1, 3)]
    (tmp_path / "old.txt").write_text("\n".join(edges) + "\n")
    (tmp_path / "new.txt").write_text("\n".join([*edges, "a1;b;2", "b;a4;1"]) + "\n")
    options = ["--separator", ";", "--weighted", "--directed"]
    fitted = [*options, "--num-walks", 4, *SMALL]
    assert nearfield("fit", "nodes", tmp_path / "old.txt", "-o", tmp_path / "v1", *fitted).code == 0
    files = [tmp_path / "v1", tmp_path / "new.txt", "--old", tmp_path / "old.txt", "-o", tmp_path / "v2", QUIET]
    code, _, err = nearfield("update", *files)
    assert (code, err) == (0, "")
    assert "b" in nf.load(tmp_path / "v2")
    code, _, err = nearfield("evaluate", "links", tmp_path / "old.txt", "--vectors", tmp_path / "v1", "--json")
    assert (code, err) == (0, "")
    code, _, err = nearfield("update", *files, "--undirected")
    assert "as typed: directed is False, was True" in err


def test_items_are_evaluated_on_the_log_read_alike(nearfield, tmp_path, log):
    old, _ = log
    assert nearfield("fit", "items", old, *LOG, *SPLIT, "-o", tmp_path / "v1", *SMALL).code == 0
    typed = nearfield("evaluate", "items", old, *LOG, *SPLIT, "--vectors", tmp_path / "v1", "--json")
    kept = nearfield("evaluate", "items", old, "--vectors", tmp_path / "v1", "--json")
    assert (kept.code, kept.out) == (0, typed.out)
    assert "the vectors in" in kept.err
    assert "know 12 of 12 items of the log (100.0% of what stands there)" in kept.err
    code, _, err = nearfield("evaluate", "items", old, "--vectors", tmp_path / "v1", "--gap", "none", "--json")
    assert "read otherwise than for the fit, as typed: gap is None, was '90min'" in err
    for option in (["--epochs", 3], ["--side", old], ["--seed", 1], ["--direction", "both"]):
        code, _, err = nearfield("evaluate", "items", old, "--vectors", tmp_path / "v1", *option)
        assert (code, f"{option[0]} is given with --vectors, which are not trained here" in err) == (2, True)


def test_options_of_training_arrive_in_what_is_evaluated(nearfield, log):
    old, _ = log
    evaluate = ["evaluate", "items", old, *LOG, "--json"]
    default = nearfield(*evaluate).out
    for option in (["--epochs", 1], ["--window", 1], ["--vector-size", 3], ["--direction", "both"], ["--seed", 2]):
        assert nearfield(*evaluate, *option).out != default, option


def test_followed_text_is_read_as_the_current_version_was(nearfield, tmp_path, text, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text(text[0].read_text() * 40)
    first = ["--no-lowercase", "--min-count", 3, "--vector-size", 4, "--workers", 1]
    follow = ["follow", "words", "folder", "--store", "store", "--once"]
    assert nearfield(*follow, *first).code == 0
    assert Store("store").open().metadata["trained"]["min_count"] == 3
    (tmp_path / "folder" / "b.txt").write_text(text[1].read_text() * 20)
    code, _, err = nearfield(*follow)
    assert (code, "read otherwise" in err) == (0, False), err
    assert {"York", "york", "Old", "old", "Big"} <= set(Store("store").open().keys)
    (tmp_path / "folder" / "c.txt").write_text(text[1].read_text() * 21)
    code, _, err = nearfield(*follow, "--lowercase")
    assert "nearfield: read otherwise than for the fit, as typed: lowercase is True, was False\n" in err


def test_followed_logs_are_read_as_the_current_version_was(nearfield, tmp_path, log, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_text(log[0].read_text())
    follow = ["follow", "folder", "--store", "store", "--once"]
    answer = nearfield(*follow, *LOG, *SPLIT, "--vector-size", 4)
    assert answer.code == 0, answer.err
    vectors = Store("store").open()
    assert "rare0" not in vectors
    reading = reading_of(vectors)
    assert reading["read_log"]["user"] == "uid"
    assert (reading["sessions"]["gap"], reading["sessions"]["min_count"]) == ("90min", 3)
    assert "clean" not in reading
    (tmp_path / "folder" / "b.csv").write_text(log[1].read_text())
    code, _, err = nearfield(*follow)
    assert (code, "read otherwise" in err) == (0, False), err
    assert Store("store").open().counts.sum() == vectors.counts.sum() + 480
    (tmp_path / "folder" / "c.csv").write_text(log[1].read_text().replace("u1,", "u99,"))
    code, _, err = nearfield(*follow, "--gap", "none")
    assert "as typed: gap is None, was '90min'" in err


def test_inspect_and_the_model_card_show_how_the_input_was_read(nearfield, tmp_path, text, log):
    phrases = ["--phrases", 1, "--phrase-threshold", 0.05, "--sample", 0]
    assert nearfield("fit", "words", text[0], "-o", tmp_path / "w", "--min-count", 4, *phrases, *SMALL).code == 0
    table = nearfield("inspect", tmp_path / "w").out
    for line in ("trained min count", "reading read text language", "reading read text min count"):
        assert line in table
    assert [line.split()[-1] for line in table.splitlines() if "min count" in line] == ["4", "4"]
    told = json.loads(nearfield("inspect", tmp_path / "w", "--json").out)
    assert told["trained"]["min_count"] == told["reading"]["read_text"]["min_count"] == 4
    card = (tmp_path / "w" / "README.md").read_text()
    assert "## How the input was read\n\nBy `read_text`:\n" in card
    assert "| min_count | 4 |" in card
    assert "| phrases | " in card
    assert nearfield("fit", "items", log[0], *LOG, *SPLIT, "-o", tmp_path / "i", *SMALL).code == 0
    card = (tmp_path / "i" / "README.md").read_text()
    assert "| gap | 90min |" in card
    assert '| event_weights | {"buy": 2.0} |' in card


def test_fit_says_what_it_dropped(nearfield, tmp_path, text, log):
    quiet = ["--vector-size", 4, "--workers", 1, "--epochs", 1]
    err = nearfield("fit", "words", text[0], "-o", tmp_path / "w", "--sample", 0, *quiet).err
    assert "min_count=5 dropped 1 tokens, 1 distinct (0.2% of the text)" in err
    err = nearfield("fit", "items", log[0], *LOG, "-o", tmp_path / "i", *quiet).err
    assert "min_count=5 dropped 1 events (0.2%) and 1 of 13 items" in err
