"""Shares of features in a score, importances, and names of hashed features."""

import numpy as np
import pytest
from factor_twins import rows_of_fields
from sklearn.base import clone
from watched import NAMES, watched

from nearfield.errors import BadInput
from nearfield.rank import DeepFM, FactorizationMachine, FieldAwareFM, LogisticRegression, hashed_names
from nearfield.rank.attribution import entry_shares, importances
from nearfield.rank.features.reading import read_examples
from nearfield.rank.row_sums import row_sums

MODELS = [
    LogisticRegression(l1=0.1), LogisticRegression(loss="squared"), FactorizationMachine(vector_size=5),
    FactorizationMachine(loss="squared", normalize=True), FieldAwareFM(vector_size=3),
    FieldAwareFM(vector_size=3, loss="squared", normalize=False),
]  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{type(model).__name__}-{model.loss}")


def scores(model, examples):
    found = model.foretell(examples).astype(np.float64)
    return found if model.loss == "squared" else np.log(found) - np.log1p(-found)


@every_model
@pytest.mark.parametrize("examples", [watched(), rows_of_fields(times=2)], ids=["watched", "several of a field"])
def test_shares_and_the_bias_sum_to_the_score(model, examples):
    fitted = clone(model).fit(examples)
    sums = row_sums(examples, entry_shares(fitted, examples)) + fitted.bias_
    np.testing.assert_allclose(sums, scores(fitted, examples), atol=1e-4)
    for row in (0, 5, 7, -1):
        pairs = fitted.explain(examples, row, k=100)
        assert sum(share for _, share in pairs) == pytest.approx(scores(fitted, examples)[row], abs=1e-4)
        sizes = [abs(share) for _, share in pairs]
        assert sizes == sorted(sizes, reverse=True)
    assert len(fitted.explain(examples, 3, k=2)) == 2
    for row in (len(examples), 5000, -len(examples) - 1):
        with pytest.raises(BadInput, match=rf"row is {row:,}; the examples have {len(examples)} rows, the first is 0"):
            fitted.explain(examples, row)


@every_model
def test_importances_are_mean_sizes_of_shares(model):
    examples = watched(n=400)
    fitted = clone(model).fit(examples)
    shares, expected = np.abs(entry_shares(fitted, examples)), np.zeros(len(NAMES))
    for row in range(len(examples)):
        for entry in range(examples.indptr[row], examples.indptr[row + 1]):
            expected[examples.features[entry]] += examples.weights[row] * shares[entry] / examples.weights.sum()
    np.testing.assert_allclose(importances(fitted, examples), expected, rtol=1e-5)
    pairs = fitted.importances(examples)
    np.testing.assert_allclose([size for _, size in pairs], sorted(expected[expected > 0], reverse=True), rtol=1e-5)
    assert dict(pairs)[NAMES[0]] == pytest.approx(expected[0])
    assert fitted.importances(examples, k=3) == pairs[:3]


def test_what_decides_is_the_most_important():
    random = np.random.default_rng(0)
    examples = rows_of_fields(n=3000, ones=True)
    labels = (random.random(3000) < np.where(examples.features.reshape(3000, -1)[:, 1] == 9, 0.9, 0.2)).astype(float)
    arrays = examples._arrays() | {"labels": labels.astype(np.float32)}
    examples = type(examples)(**arrays, space=examples.space)
    for model in (LogisticRegression(), FactorizationMachine(), FieldAwareFM(vector_size=4)):
        assert clone(model).fit(examples).importances(examples)[0][0] == "9"


def test_layers_have_no_shares():
    fitted = DeepFM(vector_size=4, hidden_layer_sizes=(4,), epochs=1).fit(watched())
    for ask in (fitted.explain, fitted.importances):
        with pytest.raises(BadInput, match="a DeepFM has layers, so that its score is no sum over features"):
            ask(watched())


VOWPAL = """\
1 1.0 tag|user:2 id_7 age:31.5 |item shoe red:0.5
-1 |item boot\tred |user id_8
-1 | plain über:2
"""


def test_names_of_vowpal_wabbit(tmp_path):
    path = tmp_path / "rows.vw"
    path.write_text(VOWPAL)
    examples = read_examples(path, bits=24)
    names = hashed_names(path, examples.space)
    rows = [[names[int(f)] for f in examples[row : row + 1].features] for row in range(3)]
    assert rows == [
        ["user^id_7", "user^age", "item^shoe", "item^red"], ["item^boot", "item^red", "user^id_8"], ["plain", "über"],
    ]  # fmt: skip
    model = LogisticRegression().fit(examples)
    assert {name for name, _ in model.explain(examples, 1, names=names)} == {*rows[1], "bias"}
    assert set(dict(model.importances(examples, names=names))) == {*rows[0], *rows[1], *rows[2]}
    some = set(examples[2:].features.tolist())
    assert set(hashed_names(path, examples.space, some)) == some


def test_names_that_share_a_slot_are_all_named(tmp_path):
    path = tmp_path / "rows.vw"
    path.write_text("".join(f"1 |a w{i}\n" for i in range(40)))
    examples = read_examples(path, bits=2)
    names = hashed_names(path, examples.space)
    assert sorted(names) == [0, 1, 2, 3]
    for slot, shown in names.items():
        own = [f"a^w{i}" for i in range(40) if examples.features[i] == slot]
        assert shown == " or ".join(own[:3]) + " …"


def test_names_of_hashed_tables(tmp_path):
    path = tmp_path / "rows.csv"
    lines = ["city,age,tags,label", "Rome,30,a|b,1", "Oslo,41,b,0", "Rome,52,,1", "Bonn,18,c,0"]
    path.write_text("\n".join(lines) + "\n")
    schema = {"city": "categorical", "age": "numeric", "tags": "multi"}
    hashed, named = (read_examples(path, schema=schema, bits=bits) for bits in (24, None))
    names = hashed_names(path, hashed.space)
    assert [names[int(f)] for f in hashed.features] == [named.space.name(int(f)) for f in named.features]
    with pytest.raises(BadInput, match="the features are not hashed"):
        hashed_names(path, named.space)
    (tmp_path / "rows.svm").write_text("1 3:1 5:1\n0 4:1\n")
    numbered = read_examples(tmp_path / "rows.svm", bits=10)
    assert hashed_names(tmp_path / "rows.svm", numbered.space) == {}
