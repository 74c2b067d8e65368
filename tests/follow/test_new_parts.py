"""Which bytes are new: whatever is done to files between two looks, each line is learnt once."""

import hashlib
import itertools
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.follow import Logs
from nearfield.follow.looking import look
from nearfield.follow.new_parts import after, copy, lines_before, new_parts
from nearfield.follow.offsets import is_known

NAMES = ["a.csv", "b.csv", "b.1.csv", "c.jsonl", "within/d.csv"]
ACTIONS = ["append", "append", "append a half", "rename", "rotate", "copy", "touch", "remove", "look"]
HEADING = b"user,item,time\n"
KINDS = {True: Logs(), False: Logs(columns=["user", "item", "time"])}  # by whether there is a heading


class Folder:
    """A folder of logs, and what a reader that goes on from its offsets has learnt of it."""

    def __init__(self, path, heading=True):
        self.path, self.heading = path, heading
        self.offsets, self.learnt, self.aside, self.clock = {}, [], {}, itertools.count(1)
        path.mkdir()

    def write(self, name, text):
        """Append, and let the time of the change differ from all before."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            if self.heading and not path.stat().st_size and name.endswith("csv"):
                file.write(HEADING)
            file.write(text)
        self.touch(name)

    def touch(self, name):
        os.utime(self.path / name, ns=(0, next(self.clock)))

    def look(self):
        kinds = KINDS[self.heading]
        seen = look(self.path, kinds)
        files = [one for one in seen.values() if not is_known(self.offsets, one)]
        parts, self.aside = new_parts(self.path, files, seen, self.offsets, kinds)
        for part in parts:
            if part.start == part.stop:
                continue
            target = self.path.parent / "copy"
            assert copy(self.path, part, target, kinds)
            lines = target.read_bytes().splitlines()
            if self.heading and part.seen.name.endswith("csv"):
                assert lines.pop(0) + b"\n" == HEADING
            self.learnt += lines
        self.offsets = after(self.offsets, parts)
        return parts


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25),
    st.booleans(),
)
def test_each_line_is_learnt_once(tmp_path_factory, actions, heading):
    folder = Folder(tmp_path_factory.mktemp("parts") / "logs", heading)
    written, halves, removed = [], set(), set()

    def write(name, end):
        written.append(f"line {len(written)}".encode())
        folder.write(name, written[-1] + end)

    def finish(names):
        for name in names & halves:
            folder.write(name, b"\n")
            halves.remove(name)

    for action, name, other in actions:
        path, target = folder.path / name, folder.path / other
        if action == "look":
            folder.look()
        if action == "look" or removed & {name, other}:
            continue  # a name that was removed is not given again: see below
        finish({name})
        if action.startswith("append"):
            write(name, b"" if action == "append a half" else b"\n")
            halves |= {name} if action == "append a half" else set()
        elif action == "touch" and path.exists():
            folder.touch(name)
        elif action == "remove" and path.exists():
            folder.look()  # what nobody has looked at is lost
            path.unlink()
            removed.add(name)
        elif path.exists() and path.suffix == target.suffix and not target.exists():
            target.parent.mkdir(exist_ok=True)
            if action == "copy":
                shutil.copy(path, target)
                folder.touch(other)
                folder.look()  # two files that begin alike and go on otherwise are told apart from here
            else:
                path.rename(target)
            if action == "rotate":
                write(name, b"\n")
    finish(set(halves))
    folder.look()
    assert folder.aside == {}
    assert sorted(folder.learnt) == sorted(written)
    assert folder.look() == []


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "logs")


def test_a_half_line_waits(folder):
    folder.write("a.csv", b"1\n2\n3")
    (part,) = folder.look()
    assert folder.learnt == [b"1", b"2"]
    assert (part.start, part.stop) == (0, len(HEADING) + 4)
    assert part.sha256 == hashlib.sha256(HEADING + b"1\n2\n").hexdigest()
    assert folder.look() == []
    folder.write("a.csv", b"4\n5")
    folder.look()
    assert folder.learnt == [b"1", b"2", b"34"]
    assert lines_before(folder.path, part) == 0


def test_a_heading_alone_is_nothing_new(folder):
    folder.write("a.csv", b"")
    assert (folder.path / "a.csv").read_bytes() == HEADING
    assert folder.look() == []
    folder.write("a.csv", b"1\n")
    assert folder.look()
    folder.heading = False
    folder.write("b.csv", b"no heading\n")
    folder.look()
    assert folder.learnt == [b"1", b"no heading"]


def test_packed_files_are_whole_or_nothing(folder):
    folder.write("a.jsonl.gz", b"no line end")
    (part,) = folder.look()
    assert (part.start, part.stop) == (0, 11)
    folder.write("a.jsonl.gz", b" and more")
    (part,) = folder.look()
    assert (part.start, part.stop) == (11, 20)


def test_what_was_learnt_is_not_rewritten(folder):
    folder.write("a.csv", b"1\n2\n")
    folder.look()
    path = folder.path / "a.csv"
    path.write_bytes(path.read_bytes().replace(b"1", b"7") + b"3\n")
    folder.touch("a.csv")
    assert folder.look() == []
    assert "a.csv: its first 19 bytes are not those that were learnt from; lines may be added" in folder.aside["a.csv"]
    path.write_bytes(HEADING + b"1\n")
    folder.touch("a.csv")
    assert folder.look() == []
    assert list(folder.aside) == ["a.csv"]
    path.rename(folder.path / "new.csv")
    folder.look()
    assert folder.learnt == [b"1", b"2", b"1"]


def test_a_new_file_under_the_name_of_one_that_was_removed_could_be_that_one_changed(folder):
    folder.write("a.csv", b"1\n")
    folder.look()
    (folder.path / "a.csv").unlink()
    folder.write("a.csv", b"2\n")
    assert folder.look() == []
    assert list(folder.aside) == ["a.csv"]
    (folder.path / "a.csv").rename(folder.path / "b.csv")
    folder.look()
    assert folder.learnt == [b"1", b"2"]


def test_logs_that_are_rotated_over_each_other(folder):
    for number in range(6):
        folder.write("log.csv", f"{number}\n".encode())
        folder.look()
        folder.write("log.csv", f"{number} late\n".encode())
        for name, older in (("log.1.csv", "log.2.csv"), ("log.csv", "log.1.csv")):
            if (folder.path / name).exists():
                (folder.path / name).replace(folder.path / older)
    folder.look()
    assert folder.aside == {}
    assert folder.learnt == [text.encode() for n in range(6) for text in (f"{n}", f"{n} late")]
    assert set(folder.offsets) == {"log.1.csv", "log.2.csv"}


def test_a_log_that_is_copied_and_cut(folder):
    folder.write("log.csv", b"1\n")
    folder.look()
    folder.write("log.csv", b"2\n")
    shutil.copy(folder.path / "log.csv", folder.path / "log.1.csv")
    (folder.path / "log.csv").write_bytes(HEADING + b"3\n")
    folder.touch("log.csv")
    folder.look()
    assert sorted(folder.learnt) == [b"1", b"2", b"3"]
    assert folder.aside == {}


def test_a_file_that_changes_while_it_is_copied(folder):
    folder.write("a.csv", b"1\n2\n")
    seen = look(folder.path, KINDS[True])
    (part,), _ = new_parts(folder.path, list(seen.values()), seen, {}, KINDS[True])
    (folder.path / "a.csv").write_bytes(HEADING + b"1\n9\n")
    assert not copy(folder.path, part, folder.path.parent / "copy", KINDS[True])
    (folder.path / "a.csv").unlink()
    assert new_parts(folder.path, list(seen.values()), [], {}, KINDS[True]) == ([], {})
