"""The scores of the three networks against loops in NumPy, field by field and row by row."""

from math import erf

import numpy as np
import pytest
from units import asked_with, in_units
from watched import FIELDS, ITEMS, SEEN, USERS, watched

from nearfield.rank import DCNv2, DeepFM, WideAndDeep

ACTIVATIONS = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: np.array([0.5 * one * (1 + erf(one / np.sqrt(2))) for one in x]),
    "silu": lambda x: x / (1 + np.exp(-x)),
}
sigmoid = ACTIVATIONS["sigmoid"]
SMALL = {"vector_size": 4, "hidden_layer_sizes": (6, 5), "epochs": 2, "batch_size": 32, "alpha": 0.02}


def learnt(model):
    return {name: array.astype(np.float64) for name, array in model._arrays().items()}


def entries(examples, row):
    some = slice(examples.indptr[row], examples.indptr[row + 1])
    return examples.features[some], examples.fields[some], examples.values[some].astype(np.float64)


def fields_of(examples, row, embeddings):
    """The mean over each field's entries of value · embedding."""
    features, fields, values = entries(examples, row)
    found = np.zeros((len(FIELDS), embeddings.shape[1]))
    for field in range(len(FIELDS)):
        own = np.flatnonzero(fields == field)
        if len(own):
            found[field] = sum(values[i] * embeddings[features[i]] for i in own) / len(own)
    return found


def dense(x, state, activation):
    for layer in (0, 1):
        x = ACTIVATIONS[activation](
            state[f"head.tower.layers.{layer}.weight"] @ x + state[f"head.tower.layers.{layer}.bias"]
        )
    return x


def scores(model, examples, head, linear=lambda state, features, values: 0.0):
    state, examples = learnt(model), asked_with(examples, model)
    return [head(fields_of(examples, row, model.embeddings_.astype(np.float64)), state)
            + linear(state, *entries(examples, row)[::2]) for row in range(len(examples))]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_wide_and_deep(activation):
    examples = watched()
    model = WideAndDeep(activation=activation, wide_l1=0.01, **SMALL).fit(examples)

    def linear(state, features, values):
        z, n = state["linear.bias"][0]
        bias = -z / ((model.wide_beta + np.sqrt(n)) / model.wide_alpha)
        weights = model.wide_weights_ * model.scales_[:, 0]
        return bias + sum(value * weights[feature] for feature, value in zip(features, values, strict=True))

    found = scores(
        model,
        examples,
        lambda fields, state: state["head.out.weight"][0] @ dense(fields.ravel(), state, activation),
        linear,
    )
    np.testing.assert_allclose(model.predict_proba(examples)[:, 1], sigmoid(np.array(found)), atol=2e-5)


@pytest.mark.parametrize("layers", [(6, 5), ()])
def test_deep_fm(layers):
    examples = watched()
    model = DeepFM(loss="squared", **SMALL | {"hidden_layer_sizes": layers}).fit(examples)

    def head(fields, state):
        pairs = sum(fields[i] @ fields[j] for i in range(len(fields)) for j in range(i))
        deep = state["head.out.weight"][0] @ dense(fields.ravel(), state, "relu") if layers else 0.0
        return state["head.bias"][0] + pairs + deep

    def linear(state, features, values):
        return sum(value * state["linear"][feature, 0] for feature, value in zip(features, values, strict=True))

    found = in_units(model, scores(model, examples, head, linear))
    np.testing.assert_allclose(model.predict(examples), found, atol=2e-5)


@pytest.mark.parametrize("structure", ["stacked", "parallel"])
@pytest.mark.parametrize("rank", [None, 2])
def test_cross_network(structure, rank):
    examples = watched()
    model = DCNv2(loss="squared", structure=structure, rank=rank, n_cross_layers=2, **SMALL).fit(examples)

    def head(fields, state):
        first = crossed = fields.ravel()
        for layer in (0, 1):
            name = f"head.crosses.{layer}.weight"
            last = name if rank is None else f"{name}.1"
            weight = state[f"{last}.weight"] if rank is None else state[f"{last}.weight"] @ state[f"{name}.0.weight"]
            crossed = first * (weight @ crossed + state[f"{last}.bias"]) + crossed
        top = dense(crossed, state, "relu") if structure == "stacked" else [*crossed, *dense(first, state, "relu")]
        return state["head.out.weight"][0] @ top + state["head.out.bias"][0]

    np.testing.assert_allclose(model.predict(examples), in_units(model, scores(model, examples, head)), atol=2e-5)


def history(examples, row, embeddings, longest):
    features, fields, values = entries(examples, row)
    own = np.flatnonzero(fields == 2)[-longest:]
    return [values[i] * embeddings[features[i]] for i in own]


def attention(steps, candidate, state):
    total = np.zeros(len(candidate))
    for step in steps:
        pair = np.concatenate([step, step * candidate, candidate])
        hidden = np.maximum(state["poolers.0.hidden.weight"] @ pair + state["poolers.0.hidden.bias"], 0)
        total += (state["poolers.0.out.weight"][0] @ hidden + state["poolers.0.out.bias"][0]) * step
    return total


def gates(step, hidden, state, n):
    inner = state["poolers.0.cells.weight_ih_l0"] @ step + state["poolers.0.cells.bias_ih_l0"]
    outer = state["poolers.0.cells.weight_hh_l0"] @ hidden + state["poolers.0.cells.bias_hh_l0"]
    return np.split(inner, n), np.split(outer, n)


def gru(steps, candidate, state):
    hidden = np.zeros(len(candidate))
    for step in steps:
        inner, outer = gates(step, hidden, state, 3)
        reset, update = sigmoid(inner[0] + outer[0]), sigmoid(inner[1] + outer[1])
        hidden = (1 - update) * np.tanh(inner[2] + reset * outer[2]) + update * hidden
    return hidden


def lstm(steps, candidate, state):
    hidden, cell = np.zeros(len(candidate)), np.zeros(len(candidate))
    for step in steps:
        inner, outer = gates(step, hidden, state, 4)
        enter, forget, new, leave = (a + b for a, b in zip(inner, outer, strict=True))
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(new)
        hidden = sigmoid(leave) * np.tanh(cell)
    return hidden


@pytest.mark.parametrize("pooled", [attention, gru, lstm])
def test_histories(pooled):
    examples, longest = watched(), 3
    model = DeepFM(
        loss="squared", histories={"seen": "item"}, pooling=pooled.__name__, history_length=longest, **SMALL
    ).fit(examples)
    state, embeddings = learnt(model), model.embeddings_.astype(np.float64)
    assert np.array_equal(embeddings[SEEN : SEEN + ITEMS], embeddings[USERS : USERS + ITEMS])
    found, scaled = [], asked_with(examples, model)
    for row in range(len(examples)):
        fields = fields_of(scaled, row, embeddings)
        fields[2] = pooled(history(scaled, row, embeddings, longest), fields[1], state)
        features, _, values = entries(scaled, row)
        pairs = sum(fields[i] @ fields[j] for i in range(len(fields)) for j in range(i))
        deep = state["head.out.weight"][0] @ dense(fields.ravel(), state, "relu")
        linear = sum(value * state["linear"][feature, 0] for feature, value in zip(features, values, strict=True))
        found.append(state["head.bias"][0] + linear + pairs + deep)
    np.testing.assert_allclose(model.predict(examples), in_units(model, found), atol=2e-5)
