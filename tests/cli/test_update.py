"""`nearfield update`: new text, logs, edges and rows for what the other verbs have saved."""

from __future__ import annotations

import json

import pytest

import nearfield as nf

QUIET = "--quiet"


def write_log(path, first, n_users):
    rows = ["user,item,time"]
    rows += [f"u{u},i{(u + step + first) % 15},{1000 * u + step}" for u in range(n_users) for step in range(8)]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def items(tmp_path, nearfield):
    log = write_log(tmp_path / "old.csv", 0, 40)
    answer = nearfield("fit", "items", log, "-o", tmp_path / "v1", QUIET, "--no-clean", "--min-count", 1)
    assert answer.code == 0, answer.err
    return tmp_path / "v1"


def test_items_learn_a_new_log(items, tmp_path, nearfield):
    log = tmp_path / "new.csv"
    log.write_text("user,item,time\na,i1,1\na,new,2\na,i2,3\nb,new,1\nb,i3,2\n")
    before = (items / "vectors.safetensors").read_bytes()
    answer = nearfield("update", items, log, "-o", tmp_path / "v2", "--no-clean")
    assert answer.code == 0, answer.err
    assert "settle: trained on 5" in answer.out
    assert "1 new keys: new" in answer.out
    assert (items / "vectors.safetensors").read_bytes() == before
    old, new = nf.load(items), nf.load(tmp_path / "v2")
    assert new.keys == (*old.keys, "new")


def test_a_mix_with_old_data_as_json(items, tmp_path, nearfield):
    log = write_log(tmp_path / "new.csv", 3, 4)
    options = ["--strategy", "replay+lwf", "--old", tmp_path / "old.csv", "--no-clean", QUIET, "--json"]
    answer = nearfield("update", items, log, "-o", tmp_path / "v2", *options)
    told = json.loads(answer.out)
    assert told["strategy"] == "replay+lwf"
    assert told["trained_on"] == 32 + 96
    assert 0 <= told["figures"]["overlap@10"] <= 1


@pytest.mark.parametrize(("loss", "strategy"), [("negative", "settle"), ("hierarchical", "fine_tune")])
def test_words_learn_a_new_text(tmp_path, nearfield, loss, strategy):
    (tmp_path / "old.txt").write_text("the cat sat on the mat\n" * 30)
    (tmp_path / "new.txt").write_text("the dog sat on the mat\n" * 10)
    options = ["--vector-size", 8, "--workers", 1, "--loss", loss]
    nearfield("fit", "words", tmp_path / "old.txt", "-o", tmp_path / "v1", QUIET, *options)
    answer = nearfield("update", tmp_path / "v1", tmp_path / "new.txt", "-o", tmp_path / "v2", QUIET)
    assert answer.code == 0, answer.err
    assert f"{strategy}: trained on" in answer.out
    assert "dog" in nf.load(tmp_path / "v2")


def test_nodes_learn_new_edges(tmp_path, nearfield):
    edges = [f"{i} {(i + 1) % 20}" for i in range(20)]
    (tmp_path / "old.txt").write_text("\n".join(edges) + "\n")
    (tmp_path / "new.txt").write_text("\n".join([*edges, "3 20", "20 4"]) + "\n")
    fitted = ["--vector-size", 8, "--num-walks", 3, QUIET, "--workers", 1]
    nearfield("fit", "nodes", tmp_path / "old.txt", "-o", tmp_path / "v1", *fitted)
    files = [tmp_path / "v1", tmp_path / "new.txt", "-o", tmp_path / "v2"]
    assert "the graph that was learnt from is not given" in nearfield("update", *files).err
    answer = nearfield("update", *files, "--old", tmp_path / "old.txt", QUIET)
    assert answer.code == 0, answer.err
    old, new = nf.load(tmp_path / "v1"), nf.load(tmp_path / "v2")
    assert new.keys == (*old.keys, "20")


def test_a_ranker_learns_new_rows(tmp_path, nearfield):
    rows = ["colour,bought", *(f"{'red' if i % 2 else 'blue'},{i % 2}" for i in range(200))]
    (tmp_path / "old.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "new.csv").write_text("colour,bought\n" + "green,1\nred,0\n" * 50)
    nearfield("rank", "fit", tmp_path / "old.csv", "-o", tmp_path / "m1", "--label", "bought", QUIET)
    answer = nearfield("update", tmp_path / "m1", tmp_path / "new.csv", "-o", tmp_path / "m2", QUIET)
    assert answer.code == 0, answer.err
    assert "log loss after" in answer.out
    assert "1 new keys: colour=green" in answer.out
    replayed = ["--strategy", "replay", "--old", tmp_path / "old.csv", QUIET]
    answer = nearfield("update", tmp_path / "m1", tmp_path / "new.csv", "-o", tmp_path / "m3", *replayed)
    assert answer.code == 0, answer.err
    assert "replay: trained on 200" in answer.out
    assert nearfield("rank", "evaluate", tmp_path / "m3", tmp_path / "new.csv").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new.csv", "--strategy", "rehearse"], "strategy 'rehearse' is unknown"),
        (["new.csv", "--strategy", "replay"], "replay mixes old sequences in"),
        (["new.csv", "--fade", "soon"], "'soon' is no duration"),
        (["gone.csv"], "no such file"),
    ],
)
def test_mistakes_are_one_line(items, tmp_path, nearfield, arguments, message):
    write_log(tmp_path / "new.csv", 0, 4)
    answer = nearfield("update", items, tmp_path / arguments[0], *arguments[1:], "-o", tmp_path / "v2", QUIET)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "v2").exists()


def test_vectors_of_another_origin(saved, tmp_path, nearfield):
    (tmp_path / "new.txt").write_text("a b\n")
    answer = nearfield("update", tmp_path / "words", tmp_path / "new.txt", "-o", tmp_path / "v2")
    assert (answer.code, "was made by Vectors; expected what fit words" in answer.err) == (2, True)
