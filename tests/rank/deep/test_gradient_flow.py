"""The flow of gradients against differences of the loss, and units that are dead or saturated on purpose."""

import numpy as np
import pytest
import torch
from watched import watched

from nearfield.rank import DCNv2, DeepFM, WideAndDeep

SMALL = {"vector_size": 4, "hidden_layer_sizes": (6, 5), "epochs": 2, "batch_size": 32, "alpha": 0.02}


def loss_of(model, examples):
    scores = np.log(model.predict_proba(examples)[:, 1].astype(np.float64) / model.predict_proba(examples)[:, 0])
    losses = np.log1p(np.exp(scores)) - examples.labels * scores
    return float((losses * examples.weights).mean())


@pytest.mark.parametrize("model", [WideAndDeep, DeepFM, DCNv2])
def test_gradients_are_differences_of_the_loss(model):
    examples = watched()
    learnt = model(activation="tanh", **SMALL).fit(examples)
    before = learnt._snapshot()
    flows = {flow.layer: flow for flow in learnt.gradient_flow(examples)}
    assert all(np.array_equal(before[name], array) for name, array in learnt._arrays().items())
    weights = dict(learnt.learner_.network.layers.named_parameters())["head.out.weight"]
    sizes = []
    with torch.no_grad():
        for i in range(weights.shape[1]):
            losses = []
            for change in (0.05, -0.1):
                weights[0, i] += change
                losses.append(loss_of(learnt, examples))
            weights[0, i] += 0.05
            sizes.append(abs(losses[0] - losses[1]) / 0.1)
    assert flows["output"].gradient == pytest.approx(np.mean(sizes), rel=0.01)


def test_layers_come_from_below():
    layers = [flow.layer for flow in DCNv2(n_cross_layers=1, **SMALL).fit(watched()).gradient_flow(watched())]
    assert layers == ["embeddings", "cross 1", "layer 1", "layer 2", "output"]
    assert WideAndDeep(hidden_layer_sizes=()).fit(watched()).gradient_flow(watched()) == []


def test_dead_and_saturated_units_are_counted():
    examples = watched()
    model = WideAndDeep(**SMALL).fit(examples)
    with torch.no_grad():
        tower = model.learner_.network.layers["head"].tower
        tower.layers[0].bias[:3] = -1e6  # three of six units of a ReLU for good
        tower.layers[1].bias[:] = 1e6
    first, second = (flow for flow in model.gradient_flow(examples) if flow.layer.startswith("layer"))
    assert first.dead >= 0.5
    assert first.saturated >= 0.5
    assert (second.dead, second.saturated) == (0.0, 0.0)


def test_sigmoids_let_less_through_with_every_layer():
    examples = watched(n=500)
    deep = {"hidden_layer_sizes": (16,) * 6, "vector_size": 4, "epochs": 1}
    by_sigmoid, by_relu = (
        {
            flow.layer: flow.gradient
            for flow in WideAndDeep(activation=one, **deep).fit(examples).gradient_flow(examples)
        }
        for one in ("sigmoid", "relu")
    )
    assert by_sigmoid["layer 1"] < 0.01 * by_sigmoid["layer 6"]
    assert by_relu["layer 1"] > 0.1 * by_relu["layer 6"]
