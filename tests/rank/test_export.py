"""Exported tables and ONNX files: predictions recomputed from the file alone, and what is refused."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import polars
import pytest
from sklearn.base import clone
from units import replaced
from watched import FIELDS, NAMES, watched

from nearfield.errors import BadInput, MissingExtra, NotFitted
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import DCNv2, DeepFM, FactorizationMachine, FieldAwareFM, LogisticRegression, WideAndDeep
from nearfield.rank.deep.onnx import onnx_inputs

SMALL = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 16, "alpha": 0.02, "epochs": 2}
TABLES = [
    LogisticRegression(l1=0.5), LogisticRegression(loss="squared"), FactorizationMachine(vector_size=5),
    FactorizationMachine(loss="squared", normalize=True), FieldAwareFM(vector_size=3),
    FieldAwareFM(vector_size=3, loss="squared", normalize=False),
]  # fmt: skip
DEEP = [
    WideAndDeep(**SMALL, wide_fields=("user", "age"), deep_fields=("item", "seen")),
    WideAndDeep(**SMALL | {"hidden_layer_sizes": ()}),
    DeepFM(**SMALL, loss="squared"),
    DCNv2(**SMALL, rank=2, structure="stacked", histories={"seen": "item"}, pooling="attention", history_length=3),
]
by_name = {"ids": lambda model: type(model).__name__ + f"-{model.loss}"}


def in_units_of_people(examples, loss):
    """Ages in seconds, and prices for labels where values are predicted."""
    values = np.where(examples.fields == 3, 1e9 * examples.values, examples.values).astype(np.float32)
    labels = 250_000 + 90_000 * examples.labels if loss == "squared" else examples.labels
    return replaced(examples, values=values, labels=labels.astype(np.float32))


def predicted(table, examples, loss, normalize):
    """Predict by the formula that `formula_of` states, from the cells of a table and names only."""
    rows = {row["feature"]: row for row in table.iter_rows(named=True)}
    columns = [name for name in table.columns if name.startswith("v.")]
    found = []
    for row in range(len(examples)):
        some = slice(examples.indptr[row], examples.indptr[row + 1])
        entries = []
        for feature, field, x in zip(
            examples.features[some], examples.fields[some], examples.values[some], strict=True
        ):
            cells = rows.get(NAMES[feature])
            if cells is not None:
                entries.append((cells, FIELDS[field], x / cells["scale"] if cells["scale"] > 0 else np.sign(x)))
        norm = np.sqrt(sum(u * u for _, _, u in entries)) if normalize and entries else 1.0
        entries = [(cells, field, u / (norm or 1.0)) for cells, field, u in entries]
        score = rows["(bias)"]["weight"] + sum(cells["weight"] * u for cells, _, u in entries)
        for i in range(len(entries)):
            for j in range(i + 1, len(entries)):
                (one, f, u), (other, g, v) = entries[i], entries[j]
                if any(name.startswith("v.user.") for name in columns):
                    size = len(columns) // len(FIELDS)
                    product = sum(one[f"v.{g}.{k}"] * other[f"v.{f}.{k}"] for k in range(size))
                else:
                    product = sum(one[name] * other[name] for name in columns)
                score += product * u * v
        found.append(1 / (1 + np.exp(-score)) if loss == "logistic" else score)
    return np.array(found)


@pytest.mark.parametrize("model", TABLES, **by_name)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_predictions_are_recomputed_from_the_table_alone(model, ending, tmp_path):
    examples = in_units_of_people(watched(), model.loss)
    fitted = clone(model).fit(examples)
    path = tmp_path / f"model.{ending}"
    formula = fitted.export(path)
    table = polars.read_csv(path) if ending == "csv" else polars.read_parquet(path)
    assert table["feature"][0] == "(bias)"
    normalize = getattr(model, "normalize", False)
    found = predicted(table, examples, model.loss, normalize)
    np.testing.assert_allclose(found, fitted.foretell(examples), rtol=2e-4, atol=1e-5)
    assert ("divided by the root" in formula) == normalize
    if ending == "parquet":
        assert polars.read_parquet_metadata(path)["formula"] == formula


def test_a_feature_that_l1_removed_or_that_was_never_seen_is_no_row(tmp_path):
    fitted = LogisticRegression(l1=5.0).fit(watched())
    fitted.export(tmp_path / "model.csv")
    kept = [NAMES[i] for i in np.flatnonzero(fitted.weights_)]
    assert 0 < len(kept) < len(NAMES)
    assert polars.read_csv(tmp_path / "model.csv")["feature"].to_list() == ["(bias)", *kept]


@pytest.mark.parametrize("model", DEEP, **by_name)
def test_onnx_runtime_predicts_what_the_ranker_does(model, tmp_path):
    examples = in_units_of_people(watched(), model.loss)
    fitted = clone(model).fit(examples)
    before = fitted.foretell(examples)
    fitted.export(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for rows in (examples, examples[:1], examples[5:6], examples[7:40]):  # the sixth has no entries
        (found,) = session.run(None, onnx_inputs(rows))
        np.testing.assert_allclose(found, fitted.foretell(rows), rtol=1e-5, atol=1e-5)
    known = {one.key: one.value for one in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert json.loads(known["fields"]) == list(FIELDS)
    assert json.loads(known["features"]) == list(NAMES)
    assert np.array_equal(fitted.foretell(examples), before)
    assert not np.array_equal(fitted.partial_fit(examples).foretell(examples), before)


def test_inputs_of_rows_without_fields_and_values():
    rows = Examples(np.zeros(2), np.array([0, 1, 3]), np.array([4, 2, 3]), space=FeatureSpace(5))
    inputs = onnx_inputs(rows)
    assert inputs["features"].tolist() == [[4, 0], [2, 3]]
    assert inputs["fields"].tolist() == [[0, -1], [0, 0]]
    assert inputs["values"].tolist() == [[1, 0], [1, 1]]


def test_what_cannot_be_exported(tmp_path, monkeypatch):
    examples = watched()
    linear, deep = LogisticRegression().fit(examples), DeepFM(**SMALL).fit(examples)
    recurrent = DeepFM(**SMALL, histories={"seen": "item"}, pooling="gru").fit(examples)
    for model, name, message in (
        (
            linear,
            "m.onnx",
            "a LogisticRegression cannot be exported as .onnx; name a file that ends in .csv or .parquet",
        ),
        (deep, "m.csv", "a DeepFM cannot be exported as .csv; name a file that ends in .onnx"),
        (linear, "m.json", "ends in .json; expected .csv, .parquet or .onnx"),
        (linear, "m", "ends in nothing; expected"),
        (recurrent, "m.onnx", "pooling 'gru' cannot be exported to ONNX; expected 'mean' or 'attention'"),
    ):
        with pytest.raises(BadInput, match=message):
            model.export(tmp_path / name)
    with pytest.raises(NotFitted):
        LogisticRegression().export(tmp_path / "m.csv")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r'onnx is not installed; .* pip install "nearfield\[onnx\]"'):
        deep.export(tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())
