"""Following a folder of logs from the command line."""

import json
import re
import signal
import subprocess

import pytest

from nearfield.follow import Follower
from nearfield.store import Store

START = 1_700_000_000


def write(path, n, first=0):
    """Append events of five users."""
    with path.open("a") as file:
        if not file.tell():
            file.write("who,what,when\n")
        file.writelines(f"u{i % 5},i{i // 5 % 7},{START + i}\n" for i in range(first, first + n))


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_the_work_is_done(program, logs, number):
    command = [program, "follow", "logs", "--every", "0.2s", *map(str, GIVEN)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "logs: looking every 0.2s; Ctrl-C ends this\n"
    while not re.search("version 1 is current", process.stderr.readline()):
        pass
    write(logs / "a.csv", 35, 70)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "stopping after what is in work\n" in err
    store = Store("store")
    assert store.open().counts.sum() == (70 if store.current().number == 1 else 105)


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
