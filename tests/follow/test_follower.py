"""Following a folder: every event is learnt once, through refusals, rollbacks, and versions of others."""

import json
import shutil

import numpy as np
import pytest

from nearfield import ItemEmbedding, LogisticRegression, Vectors, read_log
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.follow import Follower
from nearfield.store import Norms, Store
from nearfield.update import Reservoir, update

START = 1_700_000_000
ITEMS = 12


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What a loss of power does is no matter here."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def counts():
    """How often each item was written."""
    return dict.fromkeys((f"i{i}" for i in range(ITEMS)), 0)


def write(path, counts, n=60, first=0, items=ITEMS):
    """Append events of ten users, who go through the items in turn."""
    lines = []
    for i in range(first, first + n):
        item = f"i{(i // 10 + i % 10) % items}"
        counts[item] = counts.get(item, 0) + 1
        lines.append(f"u{i % 10},{item},{START + i}\n")
    new = not path.exists()
    with path.open("a") as file:
        file.write("user,item,time\n" * new + "".join(lines))


def follower(logs, **options):
    first = ItemEmbedding(vector_size=4, epochs=2, negative=3, verbose=False)
    options = {"sessions": lambda log: log.sessions(None), "first": first, "wait": lambda seconds: None} | options
    return Follower(logs, logs.parent / "store", **options)


def learnt(store):
    vectors = store.open()
    return dict(zip(vectors.keys, vectors.counts.tolist(), strict=True))


def seen(counts):
    return {item: n for item, n in counts.items() if n}


def test_first_fit_then_updates(logs, counts):
    write(logs / "a.csv", counts)
    ours = follower(logs)
    step = ours.step()
    assert (step.version, step.files, step.events, step.update, step.refused) == (1, ("a.csv",), 60, None, None)
    assert learnt(ours.store) == counts
    expected = ItemEmbedding(**ours.first.get_params()).fit(read_log(logs / "a.csv").sessions(None)).vectors_
    np.testing.assert_array_equal(ours.store.open().input, expected.input)
    assert ours.step() is None
    write(logs / "b.csv", counts, 30, 60)
    write(logs / "a.csv", counts, 20, 90)
    step = ours.step()
    assert (step.version, step.files, step.events) == (2, ("a.csv", "b.csv"), 50)
    assert step.update.strategy == "replay+settle"
    assert learnt(ours.store) == counts
    assert ours.store.current().note == "replay+settle: 50 events"
    assert json.dumps(step.as_dict())
    assert "version 2 is current: 50 events of 2 files" in str(step)


def test_an_update_is_what_update_makes(logs, counts):
    write(logs / "a.csv", counts)
    ours = follower(logs, strategy="replay+lwf", memory=500, epochs=3)
    ours.step()
    before, memory = ours.store.open(), Reservoir.load(ours.store.beside() / "memory")
    assert (memory.budget, memory.sequences().n_tokens) == (500, 60)
    write(logs / "b.csv", counts, 40, 60)
    step = ours.step()
    new = [[f"i{(n + i) % ITEMS}" for n in range(6, 10)] for i in range(10)]
    assert step.update.trained_on == update(before, new, strategy="replay+lwf", old=memory).trained_on
    assert Reservoir.load(ours.store.beside() / "memory").sequences().n_tokens == 100


def test_a_restart_goes_on(logs, counts):
    for number in range(3):
        write(logs / f"{number}.csv", counts, 30, 30 * number)
        write(logs / "grows.csv", counts, 10, 200 + 10 * number)
        assert follower(logs).step().version == number + 1
        assert follower(logs).step() is None
        assert learnt(Store(logs.parent / "store")) == seen(counts)


def test_bad_files_are_told_once_and_read_when_they_are_mended(logs, counts):
    (logs / "bad.csv").write_text("user,item,time\nu1,i1,yesterday\n")
    ours = follower(logs)
    step = ours.step()
    assert (step.version, list(step.aside)) == (None, ["bad.csv"])
    assert str(step).startswith(f"set aside: {logs / 'bad.csv'}:2: ")
    assert ours.step() is None
    write(logs / "a.csv", counts)
    step = ours.step()
    assert (step.version, step.aside) == (1, {})
    assert list(json.loads((ours.store.beside() / "offsets.json").read_text())["aside"]) == ["bad.csv"]
    (logs / "bad.csv").unlink()
    write(logs / "bad.csv", counts, 10, 60)
    assert ours.step().files == ("bad.csv",)
    assert learnt(ours.store) == counts
    assert json.loads((ours.store.beside() / "offsets.json").read_text())["aside"] == {}


def test_what_is_refused_is_learnt_with_what_comes(logs, counts):
    write(logs / "a.csv", counts)
    follower(logs).step()
    write(logs / "b.csv", counts, 20, 60)
    strict = follower(logs, checks=[Norms(90, 99)])
    step = strict.step()
    assert (step.version, step.files) == (None, ("b.csv",))
    assert step.refused.startswith("not published: norm is")
    assert str(step).startswith("1 file kept for the next update: not published")
    assert strict.step() is None
    assert strict.store.current().number == 1
    write(logs / "c.csv", counts, 20, 80)
    assert strict.step().files == ("b.csv", "c.csv")
    strict.checks = ()
    write(logs / "c.csv", counts, 20, 100)
    assert strict.step().files == ("b.csv", "c.csv")
    assert learnt(strict.store) == counts


def test_events_that_are_all_cleaned_away_wait(logs, counts):
    write(logs / "a.csv", counts)
    ours = follower(logs, sessions=lambda log: log.sessions(None, min_length=3))
    ours.step()
    write(logs / "b.csv", counts, 20, 60)
    assert "no session is left" in ours.step().refused
    assert ours.step() is None
    write(logs / "b.csv", counts, 20, 80)
    assert ours.step().events == 40
    assert learnt(ours.store) == counts


def test_after_a_rollback_what_came_later_is_learnt_again(logs, counts):
    ours, bad = follower(logs), {}
    for number in range(3):
        write(logs / f"{number}.csv", bad if number == 1 else counts, 60, 60 * number)
        ours.step()
    ours.store.rollback(1)
    (logs / "1.csv").unlink()
    step = ours.step()
    assert (step.version, step.files) == (4, ("2.csv",))
    assert learnt(ours.store) == counts


def test_a_version_of_another_is_updated_from_where_ours_was(logs, counts):
    write(logs / "a.csv", counts)
    ours = follower(logs)
    ours.step()
    trained = ours.store.open()
    ours.store.publish(Vectors(trained.keys, trained.input, trained.output, trained.counts, trained.metadata))
    assert ours.step() is None
    write(logs / "b.csv", counts, 20, 60)
    assert ours.step().version == 3
    assert learnt(ours.store) == counts


def test_a_store_that_another_has_filled_has_learnt_nothing_of_the_folder(logs, counts):
    model = ItemEmbedding(vector_size=4, epochs=1, verbose=False).fit([["i1", "i2", "x"]] * 5)
    Store(logs.parent / "store").publish(model)
    write(logs / "a.csv", counts)
    ours = follower(logs)
    assert ours.step().version == 2
    assert learnt(ours.store) == {item: n + 5 * (item in ("i1", "i2", "x")) for item, n in (counts | {"x": 0}).items()}


def test_two_who_follow_do_not_learn_twice(logs, counts):
    write(logs / "a.csv", counts)
    slow, quick = follower(logs), follower(logs)
    slow.step()
    write(logs / "b.csv", counts, 20, 60)

    def overtaken(log):
        assert quick.step().version == 2
        slow.sessions = quick.sessions
        return quick.sessions(log)

    slow.sessions = overtaken
    step = slow.step()
    assert step.version is None
    assert "the current version is 2; wanted 1, as when it began" in step.refused
    assert slow.step() is None
    assert learnt(slow.store) == counts
    write(logs / "b.csv", counts, 20, 80)
    assert [one.step() is None for one in (slow, quick)] == [False, True]
    assert learnt(slow.store) == counts


def test_a_log_that_is_rotated(logs, counts):
    ours = follower(logs)
    for number in range(4):
        write(logs / "log.csv", counts, 30, 60 * number)
        ours.step()
        write(logs / "log.csv", counts, 30, 60 * number + 30)
        if (logs / "log.1.csv").exists():
            (logs / "log.1.csv").rename(logs / f"log.{number + 1}.csv")
        (logs / "log.csv").rename(logs / "log.1.csv")
    assert ours.step().aside == {}
    assert learnt(ours.store) == counts


def test_all_that_was_learnt_may_go(logs, counts):
    ours = follower(logs, keep=1)
    for number in range(3):
        write(logs / f"{number}.csv", counts, 30, 30 * number)
        ours.step()
        shutil.copy(logs / f"{number}.csv", logs.parent / "archive.csv")
        (logs / f"{number}.csv").unlink()
    assert [version.number for version in ours.store.versions()] == [3]
    shutil.copy(logs.parent / "archive.csv", logs / "again.csv")
    assert ours.step() is None
    assert learnt(ours.store) == seen(counts)


@pytest.mark.parametrize(
    ("options", "message"), [({"strategy": "hope"}, "'hope' is unknown"), ({"memory": 0}, "budget of a reservoir is 0")]
)
def test_wrong_settings_are_told_before_anything_is_read(logs, options, message):
    with pytest.raises(BadInput, match=message):
        follower(logs, **options)
    with pytest.raises(BadInput, match="nowhere: is no folder"):
        follower(logs / "nowhere")


def test_a_store_of_something_else(logs, counts):
    examples = Examples(np.array([0, 1], np.float32), np.arange(3), np.arange(2))
    Store(logs.parent / "store").publish(LogisticRegression(epochs=1, workers=1).fit(examples))
    write(logs / "a.csv", counts)
    with pytest.raises(BadInput, match="version 1 is a LogisticRegression; expected vectors"):
        follower(logs).step()


def test_damaged_offsets_stop_it(logs, counts):
    write(logs / "a.csv", counts)
    ours = follower(logs)
    ours.step()
    (ours.store.beside() / "offsets.json").write_text("{")
    write(logs / "b.csv", counts)
    with pytest.raises(BadInput, match="offsets.json: is missing or damaged"):
        ours.step()
