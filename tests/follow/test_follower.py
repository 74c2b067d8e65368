"""Following a folder: all is learnt once, through refusals, rollbacks, and versions of others; of every kind."""

import json
import shutil

import numpy as np
import pytest
from followed import KINDS, Items, Table, follower, learnt, same, write

from nearfield import ItemEmbedding, LogisticRegression, Vectors
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.follow import Follower, Logs, Rows, Text
from nearfield.store import Finding, Store
from nearfield.update import Reservoir, update


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What a loss of power does is no matter here."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture
def counts():
    """How often each item was written."""
    return {}


@pytest.fixture
def path(kind, logs):
    """The path of a file in the folder, by its name without the ending."""
    return lambda name: logs / f"{name}{kind.ending}"


def never(new, old):
    """A check that lets the first version pass."""
    return Finding("hope", old is None, None, "more of it")


def test_first_fit_then_updates(kind, logs, path, counts):
    write(kind, path("a"), counts)
    ours = follower(kind, logs)
    step = ours.step()
    assert (step.version, step.files, step.n, step.unit) == (1, (path("a").name,), 60, kind.unit)
    assert (step.update, step.refused, step.warnings) == (None, None, ())
    assert learnt(kind, ours.store) == counts
    assert same(kind, ours.store.open(), kind.content(path("a")))
    assert ours.step() is None
    write(kind, path("b"), counts, 30, 60)
    write(kind, path("a"), counts, 20, 90, items=14)
    step = ours.step()
    assert (step.version, step.files, step.n) == (2, (path("a").name, path("b").name), 50)
    assert step.update.strategy == kind.updated
    assert learnt(kind, ours.store) == counts
    assert "i13" in counts
    assert ours.store.current().note == f"{kind.updated}: 50 {kind.unit}"
    assert json.dumps(step.as_dict())
    assert step.as_dict()[kind.unit] == 50
    assert f"version 2 is current: 50 {kind.unit} of 2 files" in str(step)


def test_an_update_is_what_update_makes(logs, counts):
    kind = Items()
    write(kind, logs / "a.csv", counts)
    ours = follower(kind, logs, strategy="replay+lwf", subject=kind.subject(memory=500), epochs=3)
    ours.step()
    before, memory = ours.store.open(), Reservoir.load(ours.store.beside() / "memory")
    assert (memory.budget, memory.sequences().n_tokens) == (500, 60)
    write(kind, logs / "b.csv", counts, 40, 60)
    step = ours.step()
    new = [[f"i{(n + i) % 12}" for n in range(6, 10)] for i in range(10)]
    assert step.update.trained_on == update(before, new, strategy="replay+lwf", old=memory, epochs=3).trained_on
    assert Reservoir.load(ours.store.beside() / "memory").sequences().n_tokens == 100


def test_a_restart_goes_on(kind, logs, path, counts):
    for number in range(3):
        write(kind, path(number), counts, 30, 30 * number)
        write(kind, path("grows"), counts, 10, 200 + 10 * number)
        assert follower(kind, logs).step().version == number + 1
        assert follower(kind, logs).step() is None
        assert learnt(kind, Store(logs.parent / "store")) == counts


def test_bad_files_are_told_once_and_read_when_they_are_mended(kind, logs, path, counts):
    path("bad").write_text(kind.bad)
    ours = follower(kind, logs)
    step = ours.step()
    assert (step.version, list(step.aside)) == (None, [path("bad").name])
    assert str(step).startswith(f"set aside: {path('bad')}{kind.told}")
    assert ours.step() is None
    write(kind, path("a"), counts)
    step = ours.step()
    assert (step.version, step.aside) == (1, {})
    assert list(json.loads((ours.store.beside() / "offsets.json").read_text())["aside"]) == [path("bad").name]
    path("bad").unlink()
    write(kind, path("bad"), counts, 10, 60)
    assert ours.step().files == (path("bad").name,)
    assert learnt(kind, ours.store) == counts
    assert json.loads((ours.store.beside() / "offsets.json").read_text())["aside"] == {}


def test_what_is_refused_is_learnt_with_what_comes(kind, logs, path, counts):
    write(kind, path("a"), counts)
    follower(kind, logs).step()
    write(kind, path("b"), counts, 20, 60)
    strict = follower(kind, logs, checks=[never])
    step = strict.step()
    assert (step.version, step.files) == (None, (path("b").name,))
    assert step.refused.startswith("not published: hope is")
    assert str(step).startswith("1 file kept for the next update: not published")
    assert strict.step() is None
    assert strict.store.current().number == 1
    write(kind, path("c"), counts, 20, 80)
    assert strict.step().files == (path("b").name, path("c").name)
    strict.checks = ()
    write(kind, path("c"), counts, 20, 100)
    assert strict.step().files == (path("b").name, path("c").name)
    assert learnt(kind, strict.store) == counts


def test_events_that_are_all_cleaned_away_wait(logs, counts):
    kind = Items()
    write(kind, logs / "a.csv", counts)
    ours = follower(kind, logs, subject=kind.subject(sessions=lambda log: log.sessions(None, min_length=3)))
    ours.step()
    write(kind, logs / "b.csv", counts, 20, 60)
    assert "no session is left" in ours.step().refused
    assert ours.step() is None
    write(kind, logs / "b.csv", counts, 20, 80)
    assert ours.step().n == 40
    assert learnt(kind, ours.store) == counts


def test_after_a_rollback_what_came_later_is_learnt_again(kind, logs, path, counts):
    ours, bad = follower(kind, logs), {}
    for number in range(3):
        write(kind, path(number), bad if number == 1 else counts, 60, 60 * number)
        ours.step()
    ours.store.rollback(1)
    path(1).unlink()
    step = ours.step()
    assert (step.version, step.files) == (4, (path(2).name,))
    assert learnt(kind, ours.store) == counts


def test_a_version_of_another_is_updated_from_where_ours_was(kind, logs, path, counts):
    write(kind, path("a"), counts)
    ours = follower(kind, logs)
    ours.step()
    trained = ours.store.open()
    if isinstance(trained, Vectors):
        trained = Vectors(trained.keys, trained.input, trained.output, trained.counts, trained.metadata)
    ours.store.publish(trained)
    assert ours.step() is None
    write(kind, path("b"), counts, 20, 60)
    assert ours.step().version == 3
    assert learnt(kind, ours.store) == counts


def test_a_store_that_another_has_filled_has_learnt_nothing_of_the_folder(kind, logs, path, counts):
    write(kind, logs.parent / f"elsewhere{kind.ending}", counts)
    Store(logs.parent / "store").publish(kind.content(logs.parent / f"elsewhere{kind.ending}"))
    write(kind, path("a"), counts, items=14)
    ours = follower(kind, logs)
    assert ours.step().version == 2
    assert learnt(kind, ours.store) == counts


def test_two_who_follow_do_not_learn_twice(kind, logs, path, counts):
    write(kind, path("a"), counts)
    slow, quick = follower(kind, logs), follower(kind, logs)
    slow.step()
    write(kind, path("b"), counts, 20, 60)

    class Overtaken(type(slow.subject)):
        def size(self, data):
            if quick.store.current().number == 1:
                assert quick.step().version == 2
            return super().size(data)

    slow.subject.__class__ = Overtaken
    step = slow.step()
    assert step.version is None
    assert "the current version is 2; wanted 1, as when it began" in step.refused
    assert slow.step() is None
    assert learnt(kind, slow.store) == counts
    write(kind, path("b"), counts, 20, 80)
    assert [one.step() is None for one in (slow, quick)] == [False, True]
    assert learnt(kind, slow.store) == counts


def test_a_log_that_is_rotated(kind, logs, path, counts):
    ours = follower(kind, logs)
    for number in range(4):
        write(kind, path("log"), counts, 30, 60 * number)
        ours.step()
        write(kind, path("log"), counts, 30, 60 * number + 30)
        if path("log.1").exists():
            path("log.1").rename(path(f"log.{number + 1}"))
        path("log").rename(path("log.1"))
    assert ours.step().aside == {}
    assert learnt(kind, ours.store) == counts


def test_all_that_was_learnt_may_go(kind, logs, path, counts):
    ours = follower(kind, logs, keep=1)
    for number in range(3):
        write(kind, path(number), counts, 30, 30 * number)
        ours.step()
        shutil.copy(path(number), logs.parent / "archive")
        path(number).unlink()
    assert [version.number for version in ours.store.versions()] == [3]
    shutil.copy(logs.parent / "archive", path("again"))
    assert ours.step() is None
    assert learnt(kind, ours.store) == counts


def test_an_interrupt_learns_nothing_and_the_next_step_all(kind, logs, path, counts, monkeypatch):
    write(kind, path("a"), counts)
    ours = follower(kind, logs)
    ours.step()
    write(kind, path("b"), counts, 20, 60)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(ours.subject), "update", interrupted)
        ours.step()
    assert ours.step().n == 20
    assert learnt(kind, ours.store) == counts


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "hope"}, "'hope' is unknown"),
        ({"epoch": 3}, "'epoch' is no option of update here; expected some of"),
        ({"old": []}, "'old' is no option of update here"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_read(kind, logs, options, message):
    with pytest.raises(BadInput, match=message):
        follower(kind, logs, **options)
    with pytest.raises(BadInput, match="nowhere: is no folder"):
        follower(kind, logs / "nowhere")
    with pytest.raises(BadInput, match="the subject is a dict; expected Logs, Text, Rows or another Subject"):
        follower(kind, logs, subject={"columns": ["user"]})


@pytest.mark.parametrize(
    ("subject", "options", "message"),
    [
        (Logs, {"memory": 0}, "budget of a reservoir is 0"),
        (Rows, {"memory": 0}, "budget of a row reservoir is 0"),
        (Logs, {"usr": "who"}, "'usr' is no option of read_log here; expected some of user,"),
        (Text, {"max_vocab_size": 9}, "'max_vocab_size' is no option of read_text here; expected some of language,"),
        (Rows, {"space": 9}, "'space' is no option of read_examples here; expected some of format,"),
    ],
)
def test_wrong_options_of_subjects(subject, options, message):
    with pytest.raises(BadInput, match=message):
        subject(**options)


def test_a_store_of_something_else(kind, logs, counts, tmp_path):
    other = next(one for one in KINDS if one.unit != kind.unit)
    (tmp_path / "others").mkdir()
    write(other, tmp_path / "others" / f"a{other.ending}", counts)
    assert Follower(tmp_path / "others", logs.parent / "store", other.subject(), wait=lambda _: None).step().version
    write(kind, logs / f"a{kind.ending}", counts)
    with pytest.raises(BadInput, match=f"has learnt {other.unit}; {kind.unit} need a store of their own"):
        follower(kind, logs).step()


def test_a_store_of_another_content(logs, counts):
    examples = Examples(np.array([0, 1], np.float32), np.arange(3), np.arange(2))
    Store(logs.parent / "store").publish(LogisticRegression(epochs=1, workers=1).fit(examples))
    write(Items(), logs / "a.csv", counts)
    with pytest.raises(BadInput, match="version 1 is a LogisticRegression; events are learnt by Vectors"):
        follower(Items(), logs).step()
    Store(logs.parent / "vectors").publish(
        ItemEmbedding(vector_size=4, epochs=1, sample=0, verbose=False).fit([["a", "b"]] * 5)
    )
    write(Table(), logs / "rows.csv", counts)
    with pytest.raises(BadInput, match="version 1 is a Vectors; rows are learnt by Ranker"):
        Follower(logs, logs.parent / "vectors", Rows(), wait=lambda _: None).step()


def test_damaged_offsets_stop_it(kind, logs, path, counts):
    write(kind, path("a"), counts)
    ours = follower(kind, logs)
    ours.step()
    (ours.store.beside() / "offsets.json").write_text("{")
    write(kind, path("b"), counts)
    with pytest.raises(BadInput, match="offsets.json: is missing or damaged"):
        ours.step()
