"""`nearfield update`: new text, logs, edges and rows for what the other verbs have saved."""

from __future__ import annotations

import json

import pytest

import nearfield as nf

QUIET = "--quiet"


def write_log(path, first, n_users):
    rows = ["user,item,time"]
    rows += [f"u{u},i{(u + step + first) % 15},{10**9 + 1000 * u + step}" for u in range(n_users) for step in range(8)]
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
    log.write_text(
        "user,item,time\na,i1,1000000001\na,new,1000000002\na,i2,1000000003\nb,new,1000000001\nb,i3,1000000002\n"
    )
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


def test_nodes_without_walks_are_learnt_anew(tmp_path, nearfield):
    edges = [f"{i} {(i + 1) % 20}" for i in range(20)]
    (tmp_path / "old.txt").write_text("\n".join(edges) + "\n")
    (tmp_path / "new.txt").write_text("\n".join([*edges, "3 20", "20 4"]) + "\n")
    fitted = ["--method", "prone", "--vector-size", 8, QUIET]
    nearfield("fit", "nodes", tmp_path / "old.txt", "-o", tmp_path / "v1", *fitted)
    answer = nearfield("update", tmp_path / "v1", tmp_path / "new.txt", "-o", tmp_path / "v2", QUIET)
    assert answer.code == 0, answer.err
    assert "retrain: trained on" in answer.out
    assert nf.load(tmp_path / "v2").keys == (*nf.load(tmp_path / "v1").keys, "20")


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
    assert (
        len([line for line in answer.err.splitlines() if "warning: the new data were read otherwise" not in line]) == 1
    )
    assert not (tmp_path / "v2").exists()


def test_vectors_of_another_origin(saved, tmp_path, nearfield):
    (tmp_path / "new.txt").write_text("a b\n")
    answer = nearfield("update", tmp_path / "words", tmp_path / "new.txt", "-o", tmp_path / "v2")
    assert (answer.code, "was made by Vectors; expected what fit words" in answer.err) == (2, True)


def test_users_learn_with_their_items(tmp_path, nearfield):
    log, fitted = write_log(tmp_path / "old.csv", 0, 40), tmp_path / "v1"
    answer = nearfield("fit", "items", log, "-o", fitted, QUIET, "--no-clean", "--users", "--min-count", 1)
    assert answer.code == 0, answer.err
    # so many that some are left when frequent items are thinned
    hers = "".join(f"u3,i{n % 7},{10**9 + n}\n" for n in range(200))
    (tmp_path / "new.csv").write_text(f"user,item,time\n{hers}ann,i2,1000000001\nann,new,1000000002\n")
    answer = nearfield("update", fitted, tmp_path / "new.csv", "-o", tmp_path / "v2", QUIET, "--no-clean")
    assert answer.code == 0, answer.err
    before, after = nf.load(fitted / "users"), nf.load(tmp_path / "v2" / "users")
    assert sorted(before.keys) == sorted(f"u{i}" for i in range(40))
    assert after.keys == (*before.keys, "ann")
    assert [key for key in before.keys if (after[key] != before[key]).any()] == ["u3"]
    assert nf.load(tmp_path / "v2").keys == (*nf.load(fitted).keys, "new")
    # what is published has its users with it
    assert nearfield("publish", tmp_path / "v2", "--store", tmp_path / "store").code == 0
    assert nf.load(tmp_path / "store" / "versions" / "000001" / "content" / "users").keys == after.keys


def test_users_are_learnt_anew_where_items_are(tmp_path, nearfield):
    log, fitted = write_log(tmp_path / "old.csv", 0, 40), tmp_path / "v1"
    nearfield("fit", "items", log, "-o", fitted, QUIET, "--no-clean", "--users", "--min-count", 1)
    (tmp_path / "new.csv").write_text(
        "user,item,time\nu3,i1,1000000001\nann,i2,1000000001\nu3,i2,1000000002\nann,new,1000000002\n"
    )
    anew = ["--strategy", "retrain", "--old", log, "--no-clean", QUIET]
    answer = nearfield("update", fitted, tmp_path / "new.csv", "-o", tmp_path / "v2", *anew)
    assert answer.code == 0, answer.err
    before, after = nf.load(fitted / "users"), nf.load(tmp_path / "v2" / "users")
    assert sorted(after.keys) == sorted([*before.keys, "ann"])
    assert all((after[key] != before[key]).any() for key in before.keys)


@pytest.fixture
def known(tmp_path, nearfield):
    """Items fitted with a table; nobody has touched i90 and i91."""
    log = write_log(tmp_path / "old.csv", 0, 40)
    rows = [*(f"i{i},{'red' if i < 8 else 'blue'}" for i in range(15)), "i90,red", "i91,blue"]
    (tmp_path / "side.csv").write_text("item,colour\n" + "\n".join(rows) + "\n")
    options = ["--side", tmp_path / "side.csv", "--epochs", 3, QUIET, "--no-clean", "--min-count", 1, "--sample", 0]
    answer = nearfield("fit", "items", log, "-o", tmp_path / "v1", *options)
    assert answer.code == 0, answer.err
    return tmp_path / "v1"


def test_items_with_side_information_learn_a_new_log(known, tmp_path, nearfield):
    (tmp_path / "new.csv").write_text(
        "user,item,time\na,i1,1000000001\na,i90,1000000002\na,new,1000000003\nb,i90,1000000001\nb,i3,1000000002\n"
    )
    (tmp_path / "more.csv").write_text("item,colour\nnew,green\ni90,red\ni92,green\n")
    options = ["--side", tmp_path / "more.csv", "--no-clean", QUIET]
    answer = nearfield("update", known, tmp_path / "new.csv", "-o", tmp_path / "v2", *options)
    assert answer.code == 0, answer.err
    assert "fine_tune: trained on 5" in answer.out
    old, new = nf.load(known), nf.load(tmp_path / "v2")
    assert old.keys[-2:] == ("i90", "i91")
    assert new.keys == (*old.keys, "new", "i92")
    assert (new["i91"] == old["i91"]).all()  # the new table says nothing of it
    model = nf.load(tmp_path / "v2" / "model")
    assert model.side_vectors_.keys == ("colour=red", "colour=blue", "colour=green")
    assert all((new[key] == model.vectors_[key]).all() for key in model.vectors_.keys)
    assert new["i92"] == pytest.approx(model.side_vectors_["colour=green"])
    # and once more, by a replay, from what was saved
    replayed = ["--old", tmp_path / "old.csv", "--no-clean", QUIET, "--json"]
    answer = nearfield("update", tmp_path / "v2", tmp_path / "new.csv", "-o", tmp_path / "v3", *replayed)
    assert json.loads(answer.out)["strategy"] == "replay"
    assert nf.load(tmp_path / "v3").keys == new.keys


def test_a_saved_model_alone_is_updated_as_well(known, tmp_path, nearfield):
    (tmp_path / "new.csv").write_text("user,item,time\na,i1,1000000001\na,new,1000000002\n")
    answer = nearfield("update", known / "model", tmp_path / "new.csv", "-o", tmp_path / "v2", "--no-clean", QUIET)
    assert answer.code == 0, answer.err
    assert nf.load(tmp_path / "v2").vectors_.keys == (*nf.load(known / "model").vectors_.keys, "new")


def test_mistakes_with_side_information_are_one_line(known, tmp_path, nearfield):
    (tmp_path / "new.csv").write_text("user,item,time\na,i1,1000000001\na,new,1000000002\n")
    (tmp_path / "other.csv").write_text("item,size\nnew,L\n")
    side = ["--side", tmp_path / "other.csv"]
    for options, message in (
        (["-o", tmp_path / "v2", "--strategy", "settle"], "settle holds back rows"),
        (["-o", tmp_path / "v2", *side], "side has the field 'size'; known are colour"),
        (["-o", tmp_path / "v2.bin"], "ends in '.bin' as a file does, but a folder would be written"),
    ):
        answer = nearfield("update", known, tmp_path / "new.csv", *options, "--no-clean", QUIET)
        mistakes = [line for line in answer.err.splitlines() if "warning: the new data were read" not in line]
        assert (answer.code, len(mistakes)) == (2, 1)
        assert message in answer.err
    assert not (tmp_path / "v2").exists()


def test_users_are_refused_where_they_have_no_room(tmp_path, nearfield):
    log = write_log(tmp_path / "old.csv", 0, 4)
    (tmp_path / "side.csv").write_text("item,colour\ni1,red\n")
    for options, message in (
        (["-o", tmp_path / "v.bin", "--users"], "which holds vectors only; expected a folder"),
        (["-o", tmp_path / "v", "--users", "--side", tmp_path / "side.csv"], "EGES learns no users"),
    ):
        answer = nearfield("fit", "items", log, *options, "--no-clean", QUIET)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert message in answer.err
