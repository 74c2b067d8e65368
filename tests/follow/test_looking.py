"""Which files of a folder are whole: two looks say so."""

import os

import pytest

from nearfield.errors import BadInput
from nearfield.follow import Logs, Rows, Text
from nearfield.follow.looking import LOOKS, Seen, in_lines, look, whole

LOGS = Logs()


class Writer:
    """Writes to files while somebody waits."""

    def __init__(self, folder, *writes, interrupted=False):
        self.folder, self.writes, self.waited, self.interrupted = folder, list(writes), 0, interrupted

    def __call__(self, seconds):
        self.waited += 1
        for name in self.writes.pop(0) if self.writes else ():
            with (self.folder / name).open("a") as file:
                file.write("more\n")
        return self.interrupted


def nothing(seen):
    return False


@pytest.fixture
def folder(tmp_path):
    for name in ("a.csv", "b.parquet", "c.csv.gz", "within/d.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name + "\n")
    return tmp_path


def test_what_is_part_of_a_log(folder):
    for name in (".hidden.csv", "_SUCCESS", "notes.md", "within/.new/a.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("1")
    (folder / "empty.csv").write_text("")
    (folder / "gone.csv").symlink_to("nowhere")
    found = look(folder, LOGS)
    assert sorted(found) == ["a.csv", "b.parquet", "c.csv.gz", "within/d.jsonl"]
    facts = os.stat(folder / "a.csv")
    assert found["a.csv"] == Seen("a.csv", 6, facts.st_mtime_ns)
    for path in (folder / "nowhere", folder / "a.csv"):
        with pytest.raises(BadInput, match="is no folder"):
            look(path, LOGS)


def test_what_is_text_and_what_is_rows(folder):
    for name in (".hidden", "_SUCCESS", "part-00000", "within/_new/a.csv", "b.bz2"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("1")
    for kinds, columns in ((Text(), []), (Rows(), ["a.csv", "c.csv.gz"]), (Rows(columns=["label"]), [])):
        found = look(folder, kinds)
        assert sorted(found) == ["a.csv", "b.bz2", "b.parquet", "c.csv.gz", "part-00000", "within/d.jsonl"]
        assert [name for name in sorted(found) if kinds.has_heading(name)] == columns
    lines = {name: [in_lines(name, kinds) for kinds in (LOGS, Text(), Rows())] for name in found}
    assert {name for name, found in lines.items() if all(found)} == {"a.csv", "part-00000", "within/d.jsonl"}
    assert {name for name, found in lines.items() if not any(found)} == {"b.bz2", "c.csv.gz"}
    assert lines["b.parquet"] == [False, True, False]
    assert not in_lines("part-00000", Rows(format="parquet"))


def test_two_looks_that_agree(folder):
    writer = Writer(folder)
    looked = whole(folder, LOGS, nothing, writer)
    assert [seen.name for seen in looked.files] == ["a.csv", "b.parquet", "c.csv.gz", "within/d.jsonl"]
    assert looked.present == set(look(folder, LOGS).values())
    assert (looked.growing, writer.waited) == (set(), 1)


def test_nobody_waits_for_what_is_known(folder):
    seen = look(folder, LOGS)
    writer = Writer(folder)
    assert whole(folder, LOGS, set(seen.values()).__contains__, writer).files == []
    assert writer.waited == 0


def test_what_grows_waits_until_it_stops(folder):
    writer = Writer(folder, ["a.csv", "b.parquet"])
    looked = whole(folder, LOGS, nothing, writer)
    assert (len(looked.files), looked.growing, writer.waited) == (4, set(), 2)
    assert {seen.size for seen in looked.files if seen.name == "a.csv"} == {11}


def test_lines_are_taken_from_what_never_stops_and_nothing_else(folder):
    names = ["a.csv", "b.parquet", "c.csv.gz", "within/d.jsonl"]
    looked = whole(folder, LOGS, nothing, Writer(folder, *[names] * LOOKS))
    assert [seen.name for seen in looked.files] == ["a.csv", "within/d.jsonl"]
    assert {seen.name for seen in looked.growing} == {"b.parquet", "c.csv.gz"}


def test_what_comes_while_one_waits(folder):
    looked = whole(folder, LOGS, nothing, Writer(folder, ["new.parquet"]))
    assert "new.parquet" in [seen.name for seen in looked.files]
    looked = whole(folder, LOGS, nothing, Writer(folder, [], ["late.parquet"]))
    assert "late.parquet" not in looked.names


def test_who_is_interrupted_takes_nothing(folder):
    looked = whole(folder, LOGS, nothing, Writer(folder, interrupted=True))
    assert (looked.files, {seen.name for seen in looked.growing}) == ([], looked.names)
