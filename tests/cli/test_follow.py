"""Following folders from the command line: of logs, which need no verb, of text and of rows."""

import gzip
import json
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from followed import KINDS
from followed import write as write_some

from nearfield import load
from nearfield.follow import Follower
from nearfield.store import Store
from nearfield.update import Reservoir, RowReservoir

START = 1_700_000_000


def write(path, n, first=0):
    """Append events of five users."""
    with path.open("a") as file:
        if not file.tell():
            file.write("who,what,when\n")
        file.writelines(f"u{i % 5},i{i // 5 % 7},{START + i}\n" for i in range(first, first + n))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    write(tmp_path / "logs" / "a.csv", 70)
    return tmp_path / "logs"


GIVEN = ["--store", "store", "--user", "who", "--item", "what", "--time", "when", "--no-clean", "--vector-size", 4]


def test_once(nearfield, logs, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    (logs / "bad.csv").write_text("who,what\n1,2\n")
    code, out, err = nearfield("follow", "logs", "--once", *GIVEN)
    assert (code, out) == (0, "")
    aside, told = err.splitlines()
    assert aside.startswith("store: set aside: logs/bad.csv: there is no column 'when'")
    assert told == "version 1 is current: 70 events of 1 file"
    (logs / "bad.csv").unlink()
    assert nearfield("follow", "logs", "--once", *GIVEN) == (0, "", "logs: nothing new\n")
    assert nearfield("follow", "logs", "--once", *GIVEN, "--quiet") == (0, "", "")
    write(logs / "b.csv", 35, 70)
    code, out, err = nearfield("follow", "logs", "--once", *GIVEN, "--json", "--strategy", "fine_tune")
    told = json.loads(out)
    assert (code, err, told["version"], told["files"], told["events"]) == (0, "", 2, ["b.csv"], 35)
    assert told["update"]["strategy"] == "fine_tune"
    assert Store("store").open().counts.sum() == 105


def test_what_is_refused_is_said_and_1(nearfield, logs):
    assert nearfield("follow", "logs", "--once", *GIVEN).code == 0
    write(logs / "a.csv", 35, 70)
    code, out, err = nearfield("follow", "logs", "--once", *GIVEN, "--norms", 90, 99)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "1 file kept for the next update: not published: norm is" in err
    assert Store("store").current().number == 1
    assert Store("store").log()[-1]["event"] == "refused"


def test_nothing_there_is_1(nearfield, logs):
    (logs / "a.csv").unlink()
    assert nearfield("follow", "logs", "--once", *GIVEN) == (1, "", "logs: nothing new\n")


@pytest.mark.parametrize(
    ("kind", "number"), [(0, signal.SIGTERM), (0, signal.SIGINT), (1, signal.SIGINT), (2, signal.SIGTERM)]
)
def test_a_signal_ends_it_when_the_work_is_done(program, folder, kind, number):
    kind, counts = KINDS[kind], {}
    path = folder / f"a{kind.ending}"
    write_some(kind, path, counts, 70)
    verb = [] if kind.verb == "items" else [kind.verb]
    command = [program, "follow", *verb, "folder", "--store", "store", "--every", "0.2s", *kind.options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "folder: looking every 0.2s; Ctrl-C ends this\n"
    while not re.search(f"version 1 is current: 70 {kind.unit} of 1 file", process.stderr.readline()):
        pass
    write_some(kind, path, counts, 35, 70)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "stopping after what is in work\n" in err
    store = Store("store")
    seen = {"events": Reservoir, "words": Reservoir, "rows": RowReservoir}[kind.unit].load(store.beside() / "memory")
    content = seen.rows() if kind.unit == "rows" else seen.sequences()
    n = len(content) if kind.unit == "rows" else content.n_tokens
    assert n == (70 if store.current().number == 1 else 105)


def test_a_full_disk_is_waited_out(nearfield, logs, monkeypatch):
    real, tries = Follower.step, []

    def step(self):
        tries.append(1)
        if len(tries) == 1:
            with monkeypatch.context() as patch:
                patch.setattr("os.rename", _refuse)
                return real(self)
        if len(tries) == 2:
            return real(self)
        signal.raise_signal(signal.SIGTERM)
        return None

    monkeypatch.setattr(Follower, "step", step)
    code, _, err = nearfield("follow", "logs", "--every", "0.01s", *GIVEN)
    lines = err.splitlines()
    assert code == 0
    assert lines[1].endswith("No space left on device; nothing is lost, the next look tries again")
    assert lines[2] == "store: version 1 is current: 70 events of 1 file"


def _refuse(*_):
    raise OSError(28, "No space left on device")


def test_items_can_be_named(nearfield, logs):
    assert nearfield("follow", "items", "logs", "--once", *GIVEN).code == 0
    write(logs / "b.csv", 35, 70)
    assert nearfield("follow", *GIVEN, "--once", "logs").code == 0  # nor has the folder to come first
    assert Store("store").open().counts.sum() == 105
    code, out, _ = nearfield("follow", "--help")
    assert code == 0
    assert all(verb in out for verb in ("words", "items", "rank"))


WORDS = ["--store", "store", "--min-count", 2, "--vector-size", 4, "--workers", 1, "--epochs", 2, "--no-digits"]


def test_words_are_learnt_as_fit_words_learns_them(nearfield, folder):
    (folder / "a").write_text("Red 1 green blue\nblue 22 green\nonce red\n" + "red green blue\n" * 3000)
    code, out, err = nearfield("follow", "words", "folder", "--once", *WORDS)
    assert (code, out, err) == (0, "", "store: version 1 is current: 9,007 words of 1 file\n")
    assert nearfield("fit", "words", "folder", *WORDS[2:], "-q", "-o", "fitted").code == 0
    for name in ("input", "output", "counts"):
        np.testing.assert_array_equal(getattr(Store("store").open(), name), getattr(load("fitted"), name))
    (folder / "b.gz").write_bytes(gzip.compress(b"once \xff more: red\n" + b"red blue\n" * 100))
    code, out, err = nearfield("follow", "words", "folder", "--once", *WORDS, "--json")
    told = json.loads(out)
    assert (code, err, told["version"], told["files"], told["words"]) == (0, "", 2, ["b.gz"], 203)
    assert "1 invalid UTF-8 sequence replaced by U+FFFD, the first at folder/b.gz:1" in told["warnings"][0]
    assert told["update"]["new_keys"] == ["once"]
    assert nearfield("similar", Store("store").folder(), "once").code == 0
    assert nearfield("follow", "words", "folder", "--once", *WORDS) == (0, "", "folder: nothing new\n")


ROWS = ["--label", "bought", "--positive", "yes", "--missing", "?"]


def write_rows(path, n, seed, *, turned=False):
    """Cells that are told with the label, for the most part."""
    rng = np.random.default_rng(seed)
    lines = ["colour,price,bought"]
    for _ in range(n):
        colour = rng.choice(["red", "blue"])
        bought = (rng.random() < (0.9 if colour == "red" else 0.1)) != turned
        lines.append(f"{colour},{'?' if rng.random() < 0.1 else round(rng.random(), 3)},{'yes' if bought else 'no'}")
    path.write_text("\n".join(lines) + "\n")


def test_rankers_are_learnt_as_rank_fit_learns_them(nearfield, folder):
    write_rows(folder / "a.csv", 400, 1)
    follow = ["follow", "rank", "folder", "--store", "store", "--once"]
    code, out, err = nearfield(*follow, *ROWS, "--model", "fm", "--vector-size", 2, "--seed", 3)
    assert (code, out, err) == (0, "", "store: version 1 is current: 400 rows of 1 file\n")
    fit = ["rank", "fit", folder / "a.csv", *ROWS, "--model", "fm", "--vector-size", 2, "--seed", 3, "-q"]
    assert nearfield(*fit, "-o", "fitted").code == 0
    first, fitted = Store("store").open(), load("fitted")
    assert all(np.array_equal(table, fitted._arrays()[name]) for name, table in first._arrays().items())
    assert (Store("store").folder() / "rows.json").read_text() == Path("fitted/rows.json").read_text()
    write_rows(folder / "b.csv", 200, 2)
    code, out, err = nearfield(*follow)  # as what is kept beside the model says
    assert (code, out) == (0, "")
    assert "version 2 is current: 200 rows of 1 file\nreplay: trained on 400 in " in err
    before = float(re.search(r"log loss before: ([\d.]+)", err)[1])
    judged = json.loads(nearfield("rank", "evaluate", "fitted", folder / "b.csv", "--json").out)
    assert before == pytest.approx(judged["log_loss"], rel=1e-3)
    assert nearfield("rank", "evaluate", Store("store").folder(), folder / "b.csv").code == 0
    (folder / "c.csv").write_text("colour,price,bought\nred,cheap,yes\nblue,0.5,no\n")
    code, _, err = nearfield(*follow)
    assert (code, err) == (0, "store: set aside: folder/c.csv:2: price is 'cheap'; expected a number\n")
    code, out, _ = nearfield(*follow, "--skip-bad-rows", "--json")
    told = json.loads(out)
    assert (code, told["rows"], len(told["warnings"])) == (0, 1, 2)
    assert "no label is 'yes'; all are no (1)" in told["warnings"][0]
    assert "left out 1 bad rows; the first: folder/c.csv:2:" in told["warnings"][1]
    assert told["update"]["figures"]["AUC before"] is None  # of one class


def test_rows_that_spoil_what_was_foretold_are_refused(nearfield, folder):
    write_rows(folder / "a.csv", 400, 1)
    write_rows(Path("probe.csv"), 200, 2)
    follow = ["follow", "rank", "folder", "--store", "store", "--once", "--probe", "probe.csv"]
    assert nearfield(*follow, *ROWS).code == 0
    write_rows(folder / "b.csv", 100, 3)
    assert nearfield(*follow).code == 0
    write_rows(folder / "c.csv", 400, 4, turned=True)
    code, out, err = nearfield(*follow)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "1 file kept for the next update: not published: forgetting on probe.csv is" in err
    assert nearfield(*follow, "--forgetting", 5).code == 0
    assert Store("store").current().number == 3


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("words", "logs", "--store", "store", "--label", "what"), "nearfield follow words: No such option: --label"),
        (("words", "logs", "--store", "store", "--user", "who"), "nearfield follow words: No such option: --user"),
        (("words", "logs", "--store", "store", "--language", "la"), "'la' is not one of"),
        (("words", "nowhere", "--store", "store"), "nowhere: is no folder"),
        (("words", "logs", "--store", "store", "--stop", "nowhere"), "nowhere: no such file"),
        (
            ("items", "logs", "--store", "store", "--language", "zh"),
            "nearfield follow items: No such option: --language",
        ),
        (("logs", "--store", "store", "--model", "fm"), "nearfield follow items: No such option: --model"),
        (("rank", "logs", "--store", "store", "--gap", "day"), "nearfield follow rank: No such option: --gap"),
        (("rank", "logs", "--store", "store", "--overlap", 0.5), "nearfield follow rank: No such option: --overlap"),
        (("rank", "logs", "--store", "store", "--vector-size", 3), "--vector-size is given; the model lr has none"),
        (("rank", "logs", "--store", "store", "--probe", "nowhere"), "nowhere"),
        (("rank", "logs", "--store", "store", "--schema", "nowhere"), "nowhere"),
        (("rank", "logs", "--store", "logs"), "holds no config.json"),
        (("rank",), "nearfield follow rank"),
    ],
)
def test_wrong_options_of_a_kind_are_one_line_and_2(nearfield, logs, arguments, found):
    code, out, err = nearfield("follow", *arguments, "--once")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err


def test_a_store_of_another_kind_is_one_line_and_2(nearfield, logs, folder):
    (folder / "a.txt").write_text("red green blue\n" * 3000)
    assert nearfield("follow", "words", "folder", "--once", *WORDS).code == 0
    for verb, name in (("items", "logs"), ("rank", "logs")):
        code, _, err = nearfield("follow", verb, name, "--once", "--store", "store")
        assert (code, err.count("\n")) == (2, 1)
        assert "what is current has learnt words" in err


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("nowhere", "--store", "store"), "nowhere: is no folder"),
        (("logs",), "--store"),
        (("logs", "--store", "logs"), "holds no config.json"),
        (("logs", "--store", "store", "--every", "soon"), "soon"),
        (("logs", "--store", "store", "--every", "0s"), "0s"),
        (("logs", "--store", "store", "--strategy", "hope"), "'hope' is unknown"),
        (("logs", "--store", "store", "--group", "kind"), "--group is given"),
        (("logs", "--store", "store", "--memory", 0), "--memory"),
        (("logs", "--store", "store", "--rule", "x=1", "--no-clean"), "--rule with --no-clean"),
        (("logs", "--store", "store", "--probe", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_2(nearfield, logs, arguments, found):
    code, out, err = nearfield("follow", *arguments, "--once")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err
