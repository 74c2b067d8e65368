"""Rows that were read in a space of their own: all entry points answer as for rows read with the space of the model.

A table over all readers, all rankers and all entry points. The later rows come in another order, with their columns or
namespaces in another order, fewer of them, and some features that the model has not seen.
"""

import warnings

import numpy as np
import pandas
import polars
import pytest
from sklearn.base import clone

import nearfield as nf
from nearfield.columns import Column
from nearfield.errors import BadInput
from nearfield.evaluate import progressive_validation, ranking_quality
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import (
    BloomFilter,
    DCNv2,
    DeepFM,
    FactorizationMachine,
    FieldAwareFM,
    IsotonicCalibration,
    LogisticRegression,
    MinimumCount,
    PlattCalibration,
    Poisson,
    WideAndDeep,
    cross,
    search_crosses,
)
from nearfield.recommend import TwoStageRecommender
from nearfield.vectors import Vectors

DEEP = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 64, "epochs": 2}
RANKERS = [
    LogisticRegression(epochs=2), FactorizationMachine(vector_size=4, epochs=2),
    FieldAwareFM(vector_size=4, epochs=2, validation_fraction=0), WideAndDeep(**DEEP), DeepFM(**DEEP), DCNv2(**DEEP),
]  # fmt: skip
every_ranker = pytest.mark.parametrize("ranker", RANKERS, ids=lambda ranker: type(ranker).__name__)
TABLES = ("csv", "tsv", "parquet", "pandas", "polars", "arrow")
READERS = (*TABLES, "libsvm", "libfm", "libffm", "vw")
every_reader = pytest.mark.parametrize("reader", READERS)
some_readers = pytest.mark.parametrize("reader", ["csv", "pandas", "libffm", "vw"])


def people(n, seed, more=False):
    """A table with a column of each kind that is inferred; with `more`, cells that come in no other table."""
    random = np.random.default_rng(seed)
    spread = 3.0 if more else 1.0
    age = random.normal(40, 12 * spread, n).round(1)
    steps = random.integers(0, 7 if more else 5, n)
    city = random.choice(["Rome", "Oslo", "Lima", "Quito" if more else "Rome"], n)
    member = random.random(n) < 0.4
    day = random.integers(1, 5, n)
    score = (age - 40) / 20 + (city == "Rome") + steps / 3 - member - 1
    return polars.DataFrame(
        {
            "label": (random.random(n) < 1 / (1 + np.exp(-score))).astype(int),
            "age": polars.Series(age).set(polars.Series(random.random(n) < 0.1), None),
            "steps": steps,
            "city": city,
            "member": member,
            "day": polars.Series([f"2024-01-0{i}" for i in day]).str.to_date(),
            "time": np.arange(n) + 1_700_000_000,
        }
    )


def written(reader, table, folder, name, turned):
    """The table as a reader takes it; `turned`: with its columns in another order and its cells spelled otherwise."""
    if turned:
        table = table.select(*reversed(table.columns), extra=polars.lit("x"))
    path = folder / f"{name}.{reader}"
    if reader in ("csv", "tsv"):
        if turned:
            table = table.with_columns(
                polars.col("steps").cast(polars.Float64), polars.col("day").cast(polars.Datetime)
            )
            table = table.with_columns(polars.col("member").cast(polars.String).str.to_uppercase())
        table.write_csv(path, separator="\t" if reader == "tsv" else ";" if turned else ",")
    elif reader == "parquet":
        table.write_parquet(path)
    elif reader == "pandas":
        frame = table.to_pandas()
        if turned:
            frame["steps"] = frame["steps"].astype(float)
        return frame
    elif reader == "polars":
        return table
    elif reader == "arrow":
        return table.to_arrow()
    else:
        path.write_text("".join(line(reader, row, turned) for row in table.iter_rows(named=True)))
    return path


def line(reader, row, turned):
    """A row of numbered or hashed features."""
    city = {"Rome": 1, "Oslo": 2, "Lima": 3, "Quito": 9}[row["city"]]
    entries = [(0, row["steps"] + 10, 1), (1, city, 1), (2, 4, row["age"] or 0)]
    entries = entries[::-1] if turned else entries
    if reader == "vw":
        names = ("steps", "city", "age")
        spaces = " ".join(f"|{names[field]} f{feature}:{value}" for field, feature, value in entries)
        return f"{row['label']} {spaces}\n"
    with_field = "{}:{}:{}" if reader == "libffm" else "{1}:{2}"
    return f"{row['label']} {' '.join(with_field.format(*entry) for entry in entries)}\n"


def options(reader):
    return {"time": "time"} if reader in TABLES else {}


class Given:
    """Rows to fit, later rows in a space of their own, and the same later rows read with the space of the first."""

    def __init__(self, reader, folder, more=False):
        read = options(reader)
        first, later = people(300, 1), people(120, 2, more)
        self.source = written(reader, later, folder, "later", turned=True)
        self.train = nf.read_examples(written(reader, first, folder, "first", turned=False), **read)
        drop = {"drop": ["extra"]} if reader in TABLES else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.own = nf.read_examples(self.source, **read, **drop)
            self.known = nf.read_examples(self.source, space=self.train.space, **read)
            self.grown = nf.read_examples(self.source, space=self.train.space, unknown="grow", **read)


@pytest.fixture
def given(reader, tmp_path):
    return Given(reader, tmp_path)


@pytest.fixture
def unseen(reader, tmp_path):
    return Given(reader, tmp_path, more=True)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@every_reader
@every_ranker
@pytest.mark.filterwarnings("ignore:left out what was not seen")
def test_predictions(ranker, unseen):
    model = clone(ranker).fit(unseen.train)
    expected = model.foretell(unseen.known)
    assert expected.std() > 0.002
    order = np.random.default_rng(3).permutation(len(unseen.own))
    close(model.foretell(unseen.own), expected)
    close(model.predict_proba(unseen.own)[:, 1], expected)
    close(model.predict(unseen.own), expected > 0.5)
    close(model.foretell(unseen.own.take(order)), expected[order])
    close(model.foretell(unseen.own[7:30]), expected[7:30])
    close(model.foretell(unseen.own.take(order < 40)), expected[order < 40])
    in_space = unseen.own.in_space(unseen.train.space)
    assert in_space.space == unseen.train.space
    assert in_space.unknown == unseen.known.unknown
    close(in_space.to_scipy().toarray(), unseen.known.to_scipy().toarray())


@every_reader
def test_saved_rows_and_streams(reader, unseen, tmp_path):
    model = LogisticRegression().fit(unseen.train)
    unseen.own.save(tmp_path / "rows")
    model.save(tmp_path / "model")
    drop = {"drop": ["extra"]} if reader in TABLES else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = model.foretell(unseen.known)
        close(nf.load(tmp_path / "model").foretell(nf.load(tmp_path / "rows")), expected)
        blocks = list(nf.stream_examples(unseen.source, **options(reader), **drop))
        close(np.concatenate([model.foretell(block) for block in blocks]), expected)


@some_readers
@every_ranker
def test_going_on_and_updates(ranker, given):
    model = clone(ranker).fit(given.train)
    models = [model.copy().partial_fit(rows) for rows in (given.own, given.grown)]
    close(*(one.foretell(given.known) for one in models))
    close(models[0].foretold_, models[1].foretold_)
    for strategy, more in (("fine_tune", {}), ("replay", {"old": given.train}), ("retrain", {"old": given.train})):
        reports = [nf.update(model, rows, strategy=strategy, seed=1, **more) for rows in (given.own, given.grown)]
        close(*(report.content.foretell(given.known) for report in reports))
        close(*(list(report.figures.values()) for report in reports))


@some_readers
@every_ranker
def test_validation_and_evaluation(ranker, given):
    models = [clone(ranker).fit(given.train, validation=rows) for rows in (given.own, given.known)]
    close(models[0].validation_losses_, models[1].validation_losses_)
    close(*(model.foretell(given.known) for model in models))
    results = [ranking_quality(models[0], rows, resamples=20).to_dict() for rows in (given.own, given.known)]
    assert results[0]["auc"] == pytest.approx(results[1]["auc"])
    assert results[0]["log_loss"] == pytest.approx(results[1]["log_loss"], rel=1e-4)
    for calibration in (PlattCalibration(), IsotonicCalibration()):
        fitted = [clone(calibration).fit(models[0].foretell(rows), rows.labels) for rows in (given.own, given.known)]
        close(*(one.predict(models[0].foretell(given.known)) for one in fitted))


@pytest.mark.parametrize("reader", ["csv", "pandas", "parquet"])
@every_ranker
def test_progressive_validation(ranker, given):
    model = clone(ranker).fit(given.train)
    slices = [progressive_validation(model.copy(), rows, slices=3) for rows in (given.own, given.grown)]
    close([one.log_loss for one in slices[0]], [one.log_loss for one in slices[1]])


@some_readers
def test_what_a_linear_model_tells(given):
    model = LogisticRegression(epochs=2).fit(given.train)
    for row in (0, 5, -1):
        own, known = (dict(model.explain(rows, row, k=50)) for rows in (given.own, given.known))
        assert own == pytest.approx(known, rel=1e-5)
    close(*(model.uncertainty(rows) for rows in (given.own, given.known)))
    close(*(model.fixed_point().predict_proba(rows) for rows in (given.own, given.known)))


@some_readers
@pytest.mark.parametrize("ranker", RANKERS[3:], ids=lambda ranker: type(ranker).__name__)
def test_the_flow_of_gradients(ranker, given):
    model = clone(ranker).fit(given.train)
    own, known = (model.gradient_flow(rows) for rows in (given.own, given.known))
    close([one.gradient for one in own], [one.gradient for one in known])


@some_readers
@pytest.mark.parametrize("policy", [lambda: MinimumCount(3), lambda: BloomFilter(2), lambda: Poisson(0.4)])
def test_admission(policy, given):
    results = []
    for rows in (given.own, given.grown):
        admission = policy()
        admission.admit(given.train)
        model = LogisticRegression().fit(admission.admit(given.train))
        if not isinstance(admission, Poisson):  # draws in the order of entries
            model.partial_fit(admission.admit(rows))
        results.append(model.foretell(admission.only_admitted(rows)))
    close(*results)


@pytest.mark.parametrize("reader", ["csv", "pandas", "parquet"])
@pytest.mark.parametrize("bits", [None, 12])
@pytest.mark.filterwarnings("ignore:left out what was not seen")
def test_crosses(bits, unseen, tmp_path):
    crosses = [("city", "steps"), ("age", "member")]
    train = cross(unseen.train, crosses, bits=bits)
    model = LogisticRegression(epochs=2).fit(train)
    expected = model.foretell(cross(unseen.known, crosses, bits=bits, space=train.space))
    assert np.abs(expected - LogisticRegression(epochs=2).fit(unseen.train).foretell(unseen.known)).max() > 0.01
    close(model.foretell(cross(unseen.own, crosses, bits=bits)), expected)
    close(model.foretell(cross(unseen.own, crosses, bits=bits, space=train.space)), expected)
    close(model.foretell(unseen.own), expected)  # not crossed by whoever read them
    model.save(tmp_path / "model")
    again = nf.load(tmp_path / "model")
    assert again.space_ == model.space_
    close(again.foretell(unseen.own), expected)
    close(again.foretell(nf.read_examples(unseen.source, space=again.space_, time="time")), expected)


@pytest.mark.parametrize("reader", ["csv", "pandas"])
def test_the_search_of_crosses(given):
    found = [search_crosses(given.train, rows, k=2) for rows in (given.own, given.known)]
    assert found[0] == found[1]


def test_two_stages():
    vectors = Vectors(["a", "b", "c", "d"], np.eye(4), np.random.default_rng(0).normal(size=(4, 4)))
    calls = []

    def features(histories, candidates):
        """Rows whose space is another one at each call."""
        calls.append(len(candidates))
        names = [key for keys in candidates for key in keys]
        own = names if len(calls) % 2 else names[::-1]
        table = polars.DataFrame({"item": own, "extra": ["x"] * len(own)})
        examples = nf.read_examples(table, label=None, drop=["extra"])
        return examples if len(calls) % 2 else examples.take(np.arange(len(own))[::-1])

    histories, targets = [["a"], ["b"], ["c"]] * 20, ["d", "a", "d"] * 20
    recommender = TwoStageRecommender(vectors, LogisticRegression(alpha=1.0), features, n_candidates=4)
    recommender.fit(histories, targets)
    first, second = (recommender.recommend([["a"], ["d", "b"]], 4) for _ in range(2))
    assert [dict(one) for one in first] == [pytest.approx(dict(one)) for one in second]


def named(names, *rows, fields=("f",)):
    """Rows of features by name."""
    space = FeatureSpace(len(names), fields, tuple(names))
    flat = [names.index(name) for row in rows for name in row]
    return Examples(np.arange(len(rows)) % 2, np.cumsum([0, *map(len, rows)]), np.array(flat, int), space=space)


def test_unknown_features_are_counted_and_told(tmp_path):
    model = LogisticRegression().fit(named(["f=a", "f=b"], ["f=a"], ["f=b"]))
    rows = named(["f=c", "f=b", "f=a"], ["f=b"], ["f=c"], ["f=c"])
    with pytest.warns(UserWarning, match=r"left out what was not seen .*: f: 67 % of cells unknown \(2 of 3, such"):
        predictions = model.foretell(rows)
    assert predictions[0] != predictions[1] == predictions[2] == pytest.approx(1 / (1 + np.exp(-model.bias_)))
    with pytest.warns(UserWarning, match="such as 'f=c'"):
        assert rows.in_space(model.space_).unknown == {"f": 2}
    assert model.partial_fit(rows).space_.names == ("f=a", "f=b", "f=c")


FFM, SVM, VW = "1 0:1:1 1:2:1\n0 0:3:1\n", "1 1:1\n0 2:1\n", "1 |u a |v b\n0 |u c |v b\n"
CSV = "label,c,x\n1,a,0.5\n0,b,1.5\n"


@pytest.mark.parametrize(
    ("first", "later", "message"),
    [
        (("a.csv", CSV, {"bits": 8}), ("b.csv", CSV, {"bits": 9}), "hashed to 9 bits, the model .* hashed to 8 bits"),
        (("a.csv", CSV, {}), ("b.csv", CSV, {"bits": 9}), "hashed to 9 bits, the model columns of a table"),
        (("a.csv", CSV, {}), ("b.svm", SVM, {}), "the rows have features by number, the model columns of a table"),
        (("a.svm", SVM, {}), ("b.csv", CSV, {}), "the rows have columns of a table, the model features by number"),
        (("a.vw", VW, {}), ("b.vw", VW, {"bits": 9}), "hashed to 9 bits, the model .* hashed to 18 bits"),
        (("a.vw", VW, {}), ("b.csv", CSV, {"bits": 18}), "names cannot be translated; read these rows with space="),
        (
            ("a.ffm", FFM, {}),
            ("b.ffm", FFM + "1 2:1:1\n", {}),
            "the rows have field '2', and the model has 0, 1: which",
        ),
        (("a.ffm", FFM, {"fields": ["u", "v"]}), ("b.ffm", FFM, {}), "the rows have field '0', and the model has u, v"),
        (("a.csv", CSV, {}), ("b.csv", "label,c\n1,a\n", {}), "no column 'x', which the model was fitted with"),
        (
            ("a.csv", CSV, {"bits": 8}),
            ("b.csv", CSV, {"bits": 8, "schema": {"c": Column("hashed", bits=3)}}),
            "column 'c' of these rows was hashed, and otherwise for the model",
        ),
    ],
)
@every_ranker
def test_names_that_cannot_be_known_are_refused(ranker, first, later, message, tmp_path):
    train, test = (nf.read_examples(write(tmp_path / name, content), **read) for name, content, read in (first, later))
    model = clone(ranker).fit(train)
    before = model._snapshot()
    for entry in (model.foretell, model.predict_proba, model.partial_fit, lambda rows: nf.update(model, rows)):
        with pytest.raises(BadInput, match=message):
            entry(test)
    assert all(np.array_equal(table, before[name]) for name, table in model._arrays().items())


def write(path, content):
    path.write_text(content)
    return path


def test_fields_with_names_are_translated_where_features_have_numbers(tmp_path):
    train = nf.read_examples(write(tmp_path / "a.ffm", "1 0:1:1 1:2:1\n0 0:3:1 1:2:1\n"), fields=["u", "v"])
    swapped = nf.read_examples(write(tmp_path / "b.ffm", "1 1:1:1 0:2:1\n0 1:3:1 0:2:1\n"), fields=["v", "u"])
    model = FieldAwareFM(vector_size=2, validation_fraction=0).fit(train)
    close(model.foretell(swapped), model.foretell(train))


def test_a_namespace_that_the_model_has_not_is_left_out(tmp_path):
    model = LogisticRegression().fit(nf.read_examples(write(tmp_path / "a.vw", VW)))
    more = nf.read_examples(write(tmp_path / "b.vw", "1 |w z |v b |u a\n"))
    with pytest.warns(UserWarning, match="w: 100 % of cells unknown"):
        close(model.foretell(more), model.foretell(nf.read_examples(tmp_path / "a.vw"))[:1])
    with pytest.raises(BadInput, match="the rows have field 'w', and the model has u, v"):
        model.partial_fit(more)


def test_a_column_that_was_read_as_another_kind(tmp_path):
    """Each kind of a column from each kind that its cells can be had from."""
    random = np.random.default_rng(5)
    table = polars.DataFrame({"x": random.integers(0, 9, 200), "label": random.integers(0, 2, 200)})
    kinds = {
        "numeric": "numeric",
        "unscaled": Column("numeric"),
        "log": Column("numeric", scaling="log"),
        "bucketed": Column("bucketed", boundaries=(2, 5)),
        "quantiles": Column("bucketed", quantiles=4),
        "categorical": "categorical",
        "hashed": Column("hashed", bits=6),
        "multi": "multi",
        "vector": "vector",
    }
    for name, kind in kinds.items():
        train = nf.read_examples(table[:120], schema={"x": kind})
        model = LogisticRegression().fit(train)
        expected = model.foretell(nf.read_examples(table[120:], space=train.space))
        for other, own_kind in kinds.items():
            rows = nf.read_examples(table[120:], schema={"x": own_kind})
            if other == "hashed" and name != "hashed":
                with pytest.raises(BadInput, match="column 'x' of these rows was hashed"):
                    model.foretell(rows)
            elif {other, name} & {"multi", "vector"} and other != name:
                continue  # lists and single cells need not be exchangeable
            else:
                close(model.foretell(rows), expected)


def test_frames_behave_as_files(tmp_path):
    table = people(80, 4)
    table.write_csv(tmp_path / "t.csv")
    expected = nf.read_examples(tmp_path / "t.csv", time="time")
    pandas_table = table.to_pandas()
    for source in (table, table.lazy(), table.to_arrow(), pandas_table, table.to_arrow().to_reader()):
        found = nf.read_examples(source, time="time")
        assert found.space == expected.space
        for name in ("labels", "features", "fields", "indptr", "times", "numbers"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    parts = nf.read_examples([table[:30], table[30:]], space=expected.space, time="time")
    np.testing.assert_array_equal(parts.features, expected.features)
    mixed = pandas.DataFrame(
        {"c": [1, "a", None, 2.5], "k": pandas.Categorical(["u", None, "v", "u"]), "label": [1, 0] * 2}
    )
    names = nf.read_examples(mixed).space.names
    assert names == ("c=1", "c=a", "c=2.5", "k=u", "k=v")
    with pytest.raises(BadInput, match="the table names column 'a' twice"):
        nf.read_examples(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(BadInput, match="column 's' holds Struct"):
        nf.read_examples(polars.DataFrame({"s": [{"a": 1}], "label": [1]}))
