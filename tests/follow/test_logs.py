"""Parts of the files of a log become the log that a loop over their events makes."""

import gzip
import itertools
import json

import polars
import pytest
import zstandard
from followed import learn, read

from nearfield.follow import Logs
from nearfield.follow.batch import Reader
from nearfield.follow.looking import look
from nearfield.follow.new_parts import Part
from nearfield.logs.engine import answer

START = 1_700_000_000


def events(first, n):
    return [(f"u{i % 3}", f"北京{i}", START + i) for i in range(first, first + n)]


def as_csv(rows, separator=",", columns=("user", "item", "time")):
    place = {"user": 0, "item": 1, "time": 2}
    lines = [columns, *([str(row[place[name]]) for name in columns] for row in rows)]
    return "".join(separator.join(line) + "\n" for line in lines).encode()


@pytest.fixture
def folder(logs):
    return logs


def subject(**options):
    """Who returns the log itself."""
    return Logs(sessions=lambda log: log, **options)


def rows_of(log):
    return sorted((row["user"], row["item"], row["time"] // 1_000_000) for row in answer(log.table))


def test_all_kinds_at_once(folder):
    rows = [events(10 * i, 10) for i in range(7)]
    (folder / "a.csv").write_bytes(as_csv(rows[0]))
    (folder / "a.csv.gz").write_bytes(gzip.compress(as_csv(rows[1])))
    (folder / "b.csv.zst").write_bytes(zstandard.ZstdCompressor().compress(as_csv(rows[2])))
    (folder / "c.tsv").write_bytes(as_csv(rows[3], "\t"))
    (folder / "other order.csv").write_bytes(as_csv(rows[4], columns=("time", "item", "user")))
    lines = [json.dumps(dict(zip(("user", "item", "time"), row, strict=True))) + "\n" for row in rows[5]]
    (folder / "d.jsonl").write_text("".join(lines))
    polars.DataFrame(rows[6], schema=["user", "item", "time"], orient="row").write_parquet(folder / "e.parquet")
    batch, reading = read(folder, subject())
    assert batch.aside == {}
    assert len(batch.parts) == 7
    assert rows_of(reading.data()) == sorted(itertools.chain(*rows))


def test_only_what_is_new(folder):
    path = folder / "a.csv"
    path.write_bytes(as_csv(events(0, 5)))
    offsets = learn(read(folder, subject())[0])
    with path.open("ab") as file:
        file.write(as_csv(events(5, 4)).split(b"\n", 1)[1])
    assert rows_of(read(folder, subject(), offsets)[1].data()) == sorted(events(5, 4))


def test_the_order_of_events_of_one_moment(folder):
    rows = [("u", f"i{i}", START) for i in (3, 1, 2)]
    (folder / "a.csv").write_bytes(as_csv(rows))
    (folder / "b.csv").write_bytes(as_csv([("u", "i0", START)]))
    assert read(folder, subject())[1].data().sessions(None).keys(0) == ["i3", "i1", "i2", "i0"]


def test_columns_of_ones_own(folder):
    (folder / "a.csv").write_text(f"buy,9,7,{START}000,2\nview,8,7,{START}001,3\n")
    options = {"columns": ["what", "thing", "who", "when", "long"], "time_unit": "ms"}
    options |= {"user": "who", "item": "thing", "time": "when", "event": "what", "dwell": "long"}
    log = read(folder, subject(**options))[1].data()
    found = answer(log.table.order_by("time"))
    assert [(row["event"], row["user"], row["item"], row["dwell"]) for row in found] == [
        ("buy", "7", "9", 2.0),
        ("view", "7", "8", 3.0),
    ]
    assert found[1]["time"] - found[0]["time"] == 1_000


def test_bad_files_are_set_aside_and_no_others(folder):
    whole = as_csv(events(0, 1_000))
    for number in range(5):
        (folder / f"good{number}.csv").write_bytes(as_csv(events(number, 1)))
    (folder / "bad1.csv").write_text("user,item,time\nu,i,1700000000\nu,i,yesterday\n")
    (folder / "bad2.csv").write_text("who,what\n1,2\n")
    (folder / "bad3.csv").write_bytes(b"user,item,time\nu,\xff\xfe,1700000000\n")
    (folder / "bad4.csv.gz").write_bytes(gzip.compress(whole)[:-100])
    (folder / "bad5.csv.zst").write_bytes(zstandard.ZstdCompressor().compress(whole)[:-100])
    (folder / "bad6.parquet").write_bytes(b"PAR1 and no more")
    (folder / "bad7.jsonl").write_text('{"user": "u", "item"\n')
    (folder / "bad8.csv.gz").write_bytes(whole)
    batch, reading = read(folder, subject())
    assert rows_of(reading.data()) == sorted(events(0, 5))
    assert sorted(name[:4] for name in batch.aside) == [f"bad{n}" for n in range(1, 9)]
    for name, message in batch.aside.items():
        assert str(folder / name) in message
        assert "\n" not in message
        assert str(folder.parent / "temporary") not in message
    assert batch.aside["bad1.csv"].startswith(f'{folder / "bad1.csv"}:3: time "yesterday"')
    assert "cut short" in batch.aside["bad4.csv.gz"]
    assert "cut short" in batch.aside["bad5.csv.zst"]


@pytest.mark.parametrize("heading", [True, False])
def test_the_line_of_a_mistake_in_what_was_added(folder, heading):
    path, options = folder / "a.csv", {} if heading else {"columns": ["user", "item", "time"]}
    path.write_bytes(as_csv(events(0, 5))[0 if heading else len("user,item,time\n") :])
    offsets = learn(read(folder, subject(**options))[0])
    with path.open("a") as file:
        file.write("u,i,1700000000\nu,i,tomorrow\n")
    line = path.read_text().splitlines().index("u,i,tomorrow") + 1
    batch, reading = read(folder, subject(**options), offsets)
    assert batch.aside["a.csv"].startswith(f'{path}:{line}: time "tomorrow"')
    assert (reading.data(), batch.parts) == (None, [])


def test_nothing_to_read(folder):
    assert read(folder, subject())[1].data() is None
    (folder / "a.csv").write_text("user,item,time\n,i,\n")
    batch, reading = read(folder, subject())
    assert reading.data() is None
    assert [part.seen.name for part in batch.parts] == ["a.csv"]
    (seen,) = look(folder, subject()).values()
    renamed = Part(seen, 5, 5, "0" * 64)
    assert Reader(folder, subject()).read([renamed], reading, folder).parts == [renamed]
