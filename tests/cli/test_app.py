"""What all verbs share: exit codes, one line for a mistake, streams that close, Ctrl-C."""

import signal
import subprocess
import time

import pytest

from nearfield import __version__
from nearfield.cli import app as commands


def test_version(nearfield):
    assert nearfield("--version") == (0, f"nearfield {__version__}\n", "")


@pytest.mark.parametrize("verb", ["fit", "similar", "next", "evaluate", "convert", "inspect", "demo"])
def test_help_knows_the_verbs(nearfield, verb):
    code, out, _ = nearfield("--help")
    assert code == 0
    assert verb in out
    assert nearfield(verb, "-h").code == 0


def test_help_is_there_at_once(process):
    def seconds():
        started = time.perf_counter()
        assert process("--help").code == 0
        return time.perf_counter() - started

    assert min(seconds() for _ in range(3)) < 1


@pytest.mark.parametrize("arguments", [(), ("fit",), ("fit", "words"), ("similar",), ("convert",)])
def test_nothing_asked_is_answered_with_help_and_2(nearfield, arguments):
    code, out, err = nearfield(*arguments)
    assert code == 2
    assert "Usage: nearfield" in out + err


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("fitt",), "fitt"),
        (("similar", "--bogus"), "--bogus"),
        (("similar", "words"), "KEY"),
        (("similar", "words", "king", "-k", "0"), "-k"),
        (("fit", "words", "text.txt"), "--output"),
        (("fit", "words", "text.txt", "-o", "words", "--loss", "hinge"), "hinge"),
        (("similar", "nowhere", "king"), "nowhere"),
        (("convert", "nowhere", "there.txt"), "nowhere"),
        (("inspect", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_2(nearfield, tmp_path, monkeypatch, arguments, found):
    monkeypatch.chdir(tmp_path)
    code, out, err = nearfield(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_is_one_line_and_1(nearfield, saved, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, out, err = nearfield("convert", saved, tmp_path / "copy.txt", "--to", "word2vec")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "No space left on device" in err
    assert not (tmp_path / "copy.txt").exists()


def test_a_key_that_the_terminal_cannot_say(process, saved):
    code, out, _ = process("similar", saved, "queen", env={"PYTHONIOENCODING": "ascii"})
    assert code == 0
    assert "\\u5317\\u4eac" in out


@pytest.mark.parametrize("buffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_leaves_is_met_with_silence(program, saved, buffered):
    # the shell closes the pipe before the program has printed its first line
    command = f"set -o pipefail; {program} similar {saved} king --json | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=buffered)
    assert (done.returncode, done.stderr) == (commands.FAILED, "")


def test_ctrl_c_is_one_line_and_130(program):
    with subprocess.Popen([program, "similar", "words", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        time.sleep(1.5)  # it waits for standard input by now
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (commands.INTERRUPTED, b"nearfield: interrupted\n")
