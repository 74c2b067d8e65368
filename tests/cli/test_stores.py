"""Published versions from the command line."""

import json

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.evaluate import leave_last_out
from nearfield.examples import FeatureSpace
from nearfield.rank import FixedPointModel
from nearfield.sequences import Sequences
from nearfield.store import Store
from nearfield.update.stability import figures_of
from nearfield.update.streams import NextItemScore


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What a loss of power does is no matter here."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def store(saved, vectors, tmp_path):
    """Two versions; in the second one [red] has gone, 上海 has come, and king is elsewhere."""
    table = vectors.input.copy()
    table[0] *= -1
    keys = [key.replace("[red]", "上海") for key in vectors.keys]
    Vectors(keys, table).save(tmp_path / "changed")
    for folder in ("words", "changed"):
        Store(tmp_path / "store").publish(tmp_path / folder, note=folder)
    return tmp_path / "store"


def objects(answer):
    assert (answer.code, answer.err) == (0, "")
    return [json.loads(line) for line in answer.out.splitlines()]


def test_publish(nearfield, saved, tmp_path):
    given = ["publish", saved, "--store", tmp_path / "store", "--note", "北京", "--norms", 0.5, 2]
    code, out, err = nearfield(*given)
    assert (code, err) == (0, f"{tmp_path / 'store'}: version 1 is current\n")
    assert [line.split()[0] for line in out.splitlines()] == ["check", "numbers", "norm"]
    (told,) = objects(nearfield(*given, "--overlap", 0.9, "--json"))
    assert (told["version"], told["forced"]) == (2, False)
    assert [(one["check"], one["found"]) for one in told["checks"]][::2] == [
        ("numbers that are NaN or infinite", 0),
        ("overlap@10", 1),
    ]
    assert Store(tmp_path / "store").current().note == "北京"


def test_what_is_refused_is_one_line_and_1(nearfield, saved, store):
    before = Store(store).current()
    code, out, err = nearfield("publish", saved, "--store", store, "--norms", 5, 9)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "not published: norm is 1; wanted 5 to 9 for every row" in err
    assert Store(store).current() == before
    code, out, err = nearfield("publish", saved, "--store", store, "--norms", 5, 9, "--force")
    assert (code, err) == (0, f"{store}: version 3 is current, by force\n")
    assert [line["event"] for line in Store(store).log()] == ["publish", "publish", "refused", "publish"]


def test_word_pairs_are_met_as_well_as_before(nearfield, saved, vectors, tmp_path):
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t9\nking\tman\t7\nwoman\tqueen\t6\nman\twoman\t1\n")
    given = ["--store", tmp_path / "store", "--similarity", tmp_path / "pairs.tsv"]
    assert nearfield("publish", saved, *given).code == 0
    table = vectors.input.copy()
    table[0] *= -1
    Vectors(vectors.keys, table).save(tmp_path / "worse")
    code, _, err = nearfield("publish", tmp_path / "worse", *given)
    assert (code, err.count("\n")) == (1, 1)
    assert "Spearman on pairs.tsv is" in err
    assert nearfield("publish", tmp_path / "worse", *given, "--force").code == 0


def test_what_was_learnt_before_is_probed(nearfield, saved, vectors, tmp_path):
    Sequences.from_lists([["king", "man", "queen"], ["woman", "北京"]]).save(tmp_path / "past")
    given = ["--store", tmp_path / "store", "--probe", tmp_path / "past", "--recall", 0.9, "--json"]
    (told,) = objects(nearfield("publish", saved, *given))
    assert [one["check"] for one in told["checks"]][1:] == ["forgetting", "recall@10 of an index"]
    probe = NextItemScore()(vectors, leave_last_out(Sequences.load(tmp_path / "past")).cases)
    # what came next is foretold by no row any more
    forgetful = Vectors(vectors.keys, vectors.input, -vectors.output, vectors.counts)
    forgetful.save(tmp_path / "worse")
    lost = probe - NextItemScore()(forgetful, leave_last_out(Sequences.load(tmp_path / "past")).cases)
    assert lost > 0.1
    code, _, err = nearfield("publish", tmp_path / "worse", *given)
    assert (code, err.count("\n")) == (1, 1)
    assert f"forgetting on {tmp_path / 'past'} is {lost:.4g}; wanted at most 0.01" in err
    assert nearfield("publish", tmp_path / "worse", *given, "--forgetting", lost + 0.01).code == 0


def test_versions(nearfield, store):
    first, second = objects(nearfield("versions", store, "--verify", "--json"))
    assert (first["version"], first["current"], first["note"]) == (1, False, "words")
    assert (second["version"], second["current"], second["kind"]) == (2, True, "vectors")
    assert second["bytes"] == Store(store).current().size
    assert len(nearfield("versions", store).out.splitlines()) == 3


def test_keep(nearfield, saved, store):
    assert nearfield("publish", saved, "--store", store, "--keep", 2).code == 0
    assert [one["version"] for one in objects(nearfield("versions", store, "--json"))] == [2, 3]


def test_rollback(nearfield, store):
    assert nearfield("rollback", store) == (0, "", f"{store}: version 1 is current\n")
    assert objects(nearfield("rollback", store, 2, "--json"))[0]["version"] == 2
    assert Store(store).current().number == 2


def test_a_changed_file_is_named(nearfield, store):
    (Store(store).folder(1) / "keys.txt").write_text("king\n")
    for arguments in (("versions", store, "--verify"), ("rollback", store)):
        code, out, err = nearfield(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "keys.txt: is not what was published" in err
    assert Store(store).current().number == 2


def test_diff(nearfield, store):
    (told,) = objects(nearfield("diff", store, 1, 2, "-k", 2, "--json"))
    assert (told["new_keys"], told["dropped_keys"], told["shared"]) == (["上海"], ["[red]"], 5)
    assert {one["key"]: one["cosine"] for one in told["moved"]}["king"] == pytest.approx(-1)
    code, out, err = nearfield("diff", store, 1, 2, "-k", 2, "--most", 1)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["new", "keys", "1:", "上海"]
    assert lines[1] == ["dropped", "keys", "1:", "[red]"]
    assert lines[-1][0] == told["moved"][0]["key"]


def test_diff_of_models(nearfield, tmp_path):
    model = FixedPointModel(np.zeros(4, np.int16), 8, 0.0, "logistic", FeatureSpace(4, ("a",)))
    for _ in range(2):
        Store(tmp_path / "models").publish(model)
    code, _, err = nearfield("diff", tmp_path / "models", 1, 2)
    assert (code, err.count("\n")) == (2, 1)
    assert "version 1 is a FixedPointModel; diff compares vectors" in err


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("versions", "nowhere"), "nowhere: is not there"),
        (("rollback", "nowhere"), "nowhere: is not there"),
        (("diff", "nowhere", 1, 2), "nowhere: is not there"),
        (("publish", "nowhere", "--store", "store"), "nowhere"),
        (("publish", "words", "--store", "words"), "kind is 'vectors'; expected 'store'"),
        (("publish", "words", "--store", "store", "--similarity", "nowhere"), "nowhere"),
        (("publish", "words", "--store", "store", "--probe", "nowhere"), "nowhere"),
        (("publish", "words", "--store", "store", "--probe", "words"), "--probe words: "),
        (("publish", "words", "--store", "store", "--probe", "same"), "--probe same: every last item stands in"),
        (("publish", "words"), "--store"),
        (("publish", "words", "--store", "store", "--keep", 0), "--keep"),
        (("rollback", "store", 7), "no version 7; it has: 1, 2"),
        (("diff", "store", 1, 7), "no version 7; it has: 1, 2"),
        (("diff", "store", 1), "V2"),
        (("versions", "words"), "kind is 'vectors'; expected 'store'"),
    ],
)
def test_wrong_usage_is_one_line_and_2(nearfield, store, monkeypatch, arguments, found):
    monkeypatch.chdir(store.parent)
    Sequences.from_lists([["king", "king"]]).save("same")
    code, out, err = nearfield(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err
    assert Store(store).current().number == 2


def test_a_first_version_that_is_not_published_leaves_nothing(nearfield, saved, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for place, refused in (("new", 1), ("deep/er/new", 1), ("empty", 1)):
        before = sorted(path.name for path in tmp_path.iterdir())
        code, _, err = nearfield("publish", saved, "--store", tmp_path / place, "--norms", 5, 9)
        assert (code, "not published" in err) == (refused, True)
        assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert list(empty.iterdir()) == []
    assert nearfield("publish", tmp_path / "nowhere", "--store", tmp_path / "new").code == 2
    assert not (tmp_path / "new").exists()
    assert nearfield("publish", saved, "--store", tmp_path / "deep/er/new").code == 0


def test_a_store_with_versions_keeps_what_was_refused_in_its_log(nearfield, saved, store):
    assert nearfield("publish", saved, "--store", store, "--norms", 5, 9).code == 1
    assert [event["event"] for event in Store(store).log()] == ["publish", "publish", "refused"]


def test_verify_says_what_it_has_verified(nearfield, store):
    code, out, err = nearfield("versions", store, "--verify")
    assert (code, out.splitlines()[0].split()[-1]) == (0, "files_verified")
    n_bytes = sum(one.size for one in Store(store).versions())
    n_files = sum(len(one.checksums) for one in Store(store).versions())
    assert err == (
        f"verified 2 versions: {n_files:,} files, {n_bytes:,} bytes, each by its SHA-256, are as they were published\n"
    )
    rows = objects(nearfield("versions", store, "--verify", "--json"))
    assert [row["files_verified"] for row in rows] == [len(one.checksums) for one in Store(store).versions()]


def test_the_checks_the_difference_and_the_update_have_one_overlap(nearfield, tmp_path):
    random = np.random.default_rng(3)
    rows = random.normal(size=(400, 6)).astype(np.float32)
    old = Vectors([f"k{i}" for i in range(400)], rows)
    more = np.vstack([rows + random.normal(0, 0.3, rows.shape), random.normal(size=(300, 6))]).astype(np.float32)
    new = Vectors([*old.keys, *(f"new{i}" for i in range(300))], more)
    for name, vectors in (("old", old), ("new", new)):
        vectors.save(tmp_path / name)
        answer = nearfield("publish", tmp_path / name, "--store", tmp_path / "store", "--overlap", 0, "--json")
    checked = next(one["found"] for one in json.loads(answer.out)["checks"] if one["check"] == "overlap@10")
    (told,) = objects(nearfield("diff", tmp_path / "store", 1, 2, "--json"))
    assert told["overlap"] == checked == figures_of(old, new, [])["overlap@10"]
    assert 0.1 < checked < 0.9
    shown = nearfield("diff", tmp_path / "store", 1, 2).out
    assert "overlap@10" in shown
    assert f"{checked:.4f}" in shown
