"""Rows: files of all formats, rows that a model cannot take, old rows that are replayed, and what was foretold."""

import gzip
import json

import numpy as np
import polars
import pytest
from followed import learn, read

from nearfield import FactorizationMachine, LogisticRegression, read_examples
from nearfield.datasets import adult
from nearfield.evaluate.ranking_metrics import auc, log_loss
from nearfield.follow import Follower, Rows
from nearfield.rank import FieldAwareFM
from nearfield.store import Store
from nearfield.update import RowReservoir, update

COUNTS = LogisticRegression(rates="counts")


def table(n, seed=0, first=0):
    """Cells by column; labels follow the colour, and `first` … are the items."""
    rng = np.random.default_rng(seed)
    colour = rng.choice(["red", "blue"], n)
    label = rng.random(n) < np.where(colour == "red", 0.8, 0.3)
    return polars.DataFrame(
        {"item": [f"i{first + i % 7}" for i in range(n)], "colour": colour, "label": label.astype(int)}
    )


def follow(logs, *first, strategy=None, settings=None, **options):
    given = {"strategy": strategy, "wait": lambda seconds: None} | (settings or {})
    return Follower(logs, logs.parent / "store", Rows(*first, **options), **given)


def rows_of(examples):
    """Rows as lists of the names of their features, and labels."""
    names = [examples.space.name(feature) for feature in examples.features]
    return sorted(
        (*names[start:stop], float(label))
        for start, stop, label in zip(examples.indptr[:-1], examples.indptr[1:], examples.labels, strict=True)
    )


def test_all_tables_at_once(logs):
    parts = [table(20, seed) for seed in range(5)]
    parts[0].write_csv(logs / "a.csv")
    (logs / "b.csv.gz").write_bytes(gzip.compress(parts[1].write_csv().encode()))
    parts[2].select("label", "item", "colour").write_csv(logs / "c.csv")
    parts[3].write_csv(logs / "d.tsv", separator="\t")
    parts[4].write_parquet(logs / "e.pq")
    whole = logs.parent / "whole.csv"
    polars.concat(parts).write_csv(whole)
    batch, reading = read(logs, Rows())
    assert (len(batch.parts), batch.aside) == (5, {})
    assert rows_of(reading.data()) == rows_of(read_examples(whole))
    assert reading.data().space == read_examples(whole).space


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.svm", ["1 0:1 3:2", "0 1:1 2:0.5"]),
        ("part-0", ["1 0:1 3:2", "0 1:1 2:0.5"]),
        ("a.libfm", ["1 0:1 3:2", "0 1:1 2:0.5"]),
        ("a.ffm", ["1 0:0:1 1:3:2", "0 0:1:1 1:2:0.5"]),
        ("part-1", ["1 0:0:1 1:3:2", "0 0:1:1 1:2:0.5"]),
        ("a.vw", ["1 |who bob |what nuts:2", "-1 |who ann |what 7"]),
        ("part-2", ["1 |who bob |what nuts:2", "-1 |who ann |what 7"]),
    ],
)
def test_lines_are_read_on_in_the_space_of_what_was_learnt(logs, name, lines):
    (logs / name).write_text("\n".join(lines * 9) + "\n")
    ours = follow(logs, LogisticRegression(), strategy="fine_tune")
    assert ours.step().n == 18
    first = ours.store.open()
    expected = LogisticRegression().fit(read_examples(logs / name))
    assert np.array_equal(first.state_, expected.state_)
    more = lines[0].replace("3:2", "5:2") + "\n" + lines[1] + "\n" + lines[1]
    with (logs / name).open("a") as file:
        file.write(more)  # of which the last has no end
    (logs.parent / "more").write_text(more.rpartition("\n")[0] + "\n")
    assert ours.step().n == 2
    new = read_examples(logs.parent / "more", space=first.space_, unknown="grow")
    assert np.array_equal(ours.store.open().state_, update(first, new).content.state_)


def test_what_the_model_cannot_read_is_set_aside_and_no_other(logs):
    table(20).write_csv(logs / "a.csv")
    ours = follow(logs, strategy="fine_tune")
    ours.step()
    (logs / "bad1.svm").write_text("1 0:1\n")
    (logs / "bad2.csv").write_text("item,label\ni1,1\n")
    (logs / "bad3").write_text("item,colour,label\ni1,red,1\n")
    (logs / "bad4").write_text("No rows\n")
    (logs / "bad5.csv").write_text("item,colour,label\ni1,red,1\ni1,red,maybe\n")
    (logs / "bad6.csv").write_text("item,colour,label\ni1,red,1\ni2,blue,2\n")
    (logs / "bad7.csv").write_text('item,colour,label\ni1,"red,1\n')
    (logs / "bad8.parquet").write_bytes(b"PAR1 and no more")
    (logs / "bad9.csv.zst").write_bytes(b"not packed\n")
    table(10, 1, first=5).write_csv(logs / "good.csv")
    step = ours.step()
    assert (step.version, step.files, step.n) == (2, ("good.csv",), 10)
    told = {
        "bad1.svm": "the space was read from a table; libsvm needs one",
        "bad2.csv": "has no column 'colour'",
        "bad3": "seems to be csv, which its name does not say; name it .csv, or say format",
        "bad4": "its format is not told by its name or its first row",
        "bad5.csv": ":3: label is 'maybe'; expected a number",
        "bad6.csv": ": a label is 2; the logistic loss expects 0 or 1",
        "bad7.csv": "a quotation mark opens a cell here, and is not closed",
        "bad8.parquet": "cannot be read as Parquet",
        "bad9.csv.zst": "not compressed so",
    }
    assert step.aside.keys() == told.keys()
    for name, message in step.aside.items():
        assert told[name] in message
        assert "on_bad_row" not in message
        assert message.startswith(str(logs / name))
        assert "\n" not in message
    assert {"item=i11", "item=i0"} < set(ours.store.open().space_.names)


def test_fields_are_those_of_the_first_version(logs):
    (logs / "a.ffm").write_text("1 0:0:1 1:1:1\n0 0:2:1\n")
    (logs / "b.ffm").write_text("1 0:0:1 2:1:1\n")
    ours = follow(logs, FieldAwareFM(vector_size=2, validation_fraction=0), strategy="fine_tune")
    assert ours.step().n == 3
    assert ours.store.open().space_.fields == ("0", "1", "2")
    (logs / "c.ffm").write_text("1 0:0:1 3:1:1\n")
    (logs / "d.svm").write_text("1 0:1\n")
    aside = ours.step().aside
    assert f"{logs / 'c.ffm'}:1: " in aside["c.ffm"]
    assert "field 3 is out of range; expected 0 to 2" in aside["c.ffm"]
    assert "the space has 3 fields; libsvm needs one that has one" in aside["d.svm"]


def test_bad_rows_can_be_left_out_and_are_told_by_their_place(logs):
    (logs / "a.csv").write_text("item,label\n" + "i1,1\ni2,0\n" * 5)
    subject = Rows(on_bad_row="skip")
    offsets = learn(read(logs, subject)[0])
    with (logs / "a.csv").open("a") as file:
        file.write("i3,1\ni3,maybe\ni3,0\n")
    batch, reading = read(logs, subject, offsets)
    assert rows_of(reading.data()) == [("item=i3", 0.0), ("item=i3", 1.0)]
    assert batch.warnings == [
        f"left out 1 bad rows; the first: {logs / 'a.csv'}:13: label is 'maybe'; expected a number"
    ]
    batch, reading = read(logs, Rows(), offsets)
    assert batch.aside["a.csv"].startswith(f"{logs / 'a.csv'}:13: label is 'maybe'")
    assert (reading.data(), batch.parts) == (None, [])


def test_columns_schema_and_bits_of_ones_own(logs):
    (logs / "a.csv").write_text("7,1,x|y\n9,0,y\n")
    options = {"columns": ["price", "label", "tags"], "schema": {"price": "numeric", "tags": "multi"}, "bits": 6}
    ours = follow(logs, strategy="fine_tune", **options)
    ours.step()
    with (logs / "a.csv").open("a") as file:
        file.write("11,1,x|z\n")
    assert ours.step().n == 1
    first = LogisticRegression().fit(read_examples(logs / "a.csv", **options))
    assert ours.store.open().space_.size == 64
    assert dict(ours.store.open().space_.schema)["price"].mean == 8  # that of the first version
    assert dict(first.space_.schema)["price"].mean == 9


def test_old_rows_are_replayed_and_what_was_foretold_is_told(logs):
    table(60).write_csv(logs / "a.csv")
    ours = follow(logs, memory=50, settings={"seed": 3})
    ours.step()
    before, memory = ours.store.open(), RowReservoir.load(ours.store.beside() / "memory")
    assert (memory.budget, memory.seen, len(memory.rows())) == (50, 60, 50)
    table(40, 1, first=3).write_csv(logs / "b.csv")
    step = ours.step()
    new = read_examples(logs / "b.csv", space=before.space_, unknown="grow")
    twin = update(before, new, old=memory, strategy="replay", seed=63)
    assert np.array_equal(ours.store.open().state_, twin.content.state_)
    assert (step.update.strategy, step.update.trained_on) == ("replay", 80)
    foretold = before.copy(new.space).foretell(new)
    assert step.update.figures["log loss before"] == pytest.approx(log_loss(new.labels, foretold))
    assert step.update.figures["AUC before"] == pytest.approx(auc(new.labels, foretold))
    assert step.update.figures["log loss after"] < step.update.figures["log loss before"]
    assert "log loss before: 0." in str(step)
    assert json.loads(json.dumps(step.as_dict()))["update"]["figures"] == dict(step.update.figures)
    memory = RowReservoir.load(ours.store.beside() / "memory")
    assert (memory.seen, len(memory.rows())) == (100, 50)
    assert memory.rows().space == new.space


def test_retraining_learns_from_all_that_is_kept(logs):
    table(60).write_csv(logs / "a.csv")
    ours = follow(logs, COUNTS, strategy="retrain")
    ours.step()
    table(40, 1, first=3).write_csv(logs / "b.csv")
    assert ours.step().update.trained_on == 100
    assert ours.store.open().state_[-1, 1:].sum() == 100


@pytest.mark.parametrize("model", [LogisticRegression(), FactorizationMachine(vector_size=2, epochs=2)])
@pytest.mark.parametrize("bits", [None, 6])
def test_rows_that_another_model_numbers_otherwise_are_replayed_by_their_names(logs, model, bits):
    table(60).write_csv(logs / "a.csv")
    ours = follow(logs, model)
    ours.step()
    other = table(30, 2, first=20)
    other.select("colour", "item", "label").write_csv(logs.parent / "other.csv")
    ours.store.publish(type(model)(**model.get_params()).fit(read_examples(logs.parent / "other.csv", bits=bits)))
    table(10, 3).write_csv(logs / "b.csv")
    step = ours.step()
    assert (step.refused, step.version, step.update.trained_on) == (None, 3, 20)
    table(10, 4).write_csv(logs / "c.csv")
    assert ours.step().update.trained_on == 20


def test_what_belongs_to_a_model_is_published_with_it(logs):
    table(20).write_csv(logs / "a.csv")
    ours = follow(logs, beside=lambda folder: (folder / "note.txt").write_text(str(sorted(folder.iterdir())[0].name)))
    ours.step()
    assert (ours.store.folder() / "note.txt").read_text() == "config.json"
    assert ours.store.verify().number == 1


def test_values_have_a_loss_of_their_own(logs):
    (logs / "a.csv").write_text("item,label\n" + "i1,7\ni2,-3\n" * 9)
    ours = follow(logs, LogisticRegression(loss="squared", epochs=5))
    assert ours.step().version == 1
    (logs / "b.csv").write_text("item,label\ni1,-1\ni2,1\n")  # which are no classes here
    foretold = ours.store.open().foretell(read_examples(logs / "b.csv"))
    figures = ours.step().update.figures
    assert set(figures) == {"squared error before", "squared error after"}
    assert figures["squared error before"] == pytest.approx(np.sqrt(np.mean((foretold - [-1, 1]) ** 2)), rel=1e-5)
    assert RowReservoir.load(ours.store.beside() / "memory").rows().labels[-2:].tolist() == [-1, 1]


def test_a_wrong_strategy_is_refused_and_loses_nothing(logs):
    table(20).write_csv(logs / "a.csv")
    follow(logs).step()
    table(20, 1).write_csv(logs / "b.csv")
    ours = follow(logs, strategy="settle")
    assert "settle anchors vectors; a ranker takes" in ours.step().refused
    assert follow(logs).step().files == ("b.csv",)


def test_real_rows_in_parts_that_grow(dataset, logs):
    """Of Adult in four parts, what is new is foretold nearly as well as by a model that has learnt from all before."""
    train = dataset(adult.load).train
    ours = follow(logs, FactorizationMachine(vector_size=4, epochs=3), label=adult.LABEL, positive=adult.POSITIVE)
    for number in range(4):
        part = train[2_000 * number : 2_000 * (number + 1)]
        part[:1_500].write_csv(logs / f"{number}.csv")
        with (logs / "grows.csv").open("ab") as file:
            part[1_500:].write_csv(file, include_header=not number)
        step = ours.step()
        assert (step.version, step.n, step.aside) == (number + 1, 2_000, {})
    assert step.update.figures["AUC before"] > 0.85
    assert RowReservoir.load(ours.store.beside() / "memory").seen == 8_000
    assert isinstance(Store(logs.parent / "store").open(), FactorizationMachine)
