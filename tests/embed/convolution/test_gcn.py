"""GCN against the formulas of its paper in NumPy, and on Cora's public split."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from nearfield.datasets import planetoid
from nearfield.embed import GCN
from nearfield.embed.convolution.gcn import without_loops
from nearfield.errors import BadInput, NotFitted, UnknownKey
from nearfield.graph import Graph

SMALL = {"workers": 1, "verbose": False, "epochs": 30}


def dense_twin(adjacency, features, first, second):
    """Equation 9: Z = softmax(Â ReLU(Â X W⁰) W¹) with Â = D̃^-½ (A + I) D̃^-½; also the hidden layer."""
    with_loops = adjacency + np.eye(len(adjacency))
    root = np.diag(with_loops.sum(axis=1) ** -0.5)
    a = root @ with_loops @ root
    hidden = np.maximum(a @ features @ first, 0)
    logits = a @ hidden @ second
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return hidden, powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_propagation_is_that_of_the_paper(sparse, weighted):
    import torch

    from nearfield.embed.convolution.backend import to_tensor
    from nearfield.embed.convolution.gcn_network import Network

    draw = np.random.default_rng(1)
    adjacency = np.triu(draw.random((12, 12)) < 0.3, 1) * (draw.random((12, 12)) + 0.5 if weighted else 1.0)
    adjacency = adjacency + adjacency.T
    adjacency[3] = adjacency[:, 3] = 0  # a node without neighbours
    features = random(12, 9, 0.4, rng=2, format="csr", dtype=np.float32)
    torch.manual_seed(1)
    network = Network(9, 4, 3, dropout=0.5).eval()
    inputs = to_tensor(features if sparse else features.toarray()), to_tensor(csr_matrix(adjacency))
    with torch.no_grad():
        found = network.hidden(*inputs).numpy(), network(*inputs).softmax(dim=1).numpy()
        weights = [layer.lin.weight.numpy().T for layer in (network.first, network.second)]
    for one, twin in zip(found, dense_twin(adjacency, features.toarray(), *weights), strict=True):
        np.testing.assert_allclose(one, twin, rtol=1e-4, atol=1e-6)


def test_a_dropped_feature_is_made_up_for_by_the_others():
    import torch

    from nearfield.embed.convolution.backend import to_tensor
    from nearfield.embed.convolution.gcn_network import Network

    torch.manual_seed(1)
    network = Network(50, 4, 3, dropout=0.5).train()
    rows = csr_matrix(np.ones((40, 50), np.float32))
    values = network._dropped(to_tensor(rows)).values().numpy()
    assert set(values.tolist()) == {0.0, 2.0}
    assert abs(values.mean() - 1) < 0.1


def test_a_self_loop_changes_nothing_and_directions_are_joined():
    edges = (["a", "b", "c"], ["b", "c", "a"])
    plain = Graph.from_edges(*edges)
    looped = Graph.from_edges([*edges[0], "a"], [*edges[1], "a"], nodes=plain.keys)
    order = [looped.keys.index(key) for key in plain.keys]
    np.testing.assert_array_equal(without_loops(looped).toarray()[np.ix_(order, order)], plain.to_scipy().toarray())
    there_and_back = Graph.from_edges(["a", "b", "b"], ["b", "a", "c"], [1.0, 3.0, 2.0], directed=True)
    found = without_loops(there_and_back).toarray()
    place = [there_and_back.keys.index(key) for key in "abc"]
    np.testing.assert_array_equal(found[np.ix_(place, place)], [[0, 3, 0], [3, 0, 2], [0, 2, 0]])


def test_few_labels_on_cora_tell_the_others(dataset):
    """200 epochs and ten seeds are in `benchmarks/graph_convolution.py`; 60 come close, chance is 0.3."""
    data = dataset(planetoid.load)
    model = GCN(epochs=60, workers=1, verbose=False).fit(data.graph, train=data.train, validation=data.validation)
    truth = [data.graph.labels_of(key)[0] for key in data.test]
    assert np.mean([a == b for a, b in zip(model.predict(data.test), truth, strict=True)]) > 0.76
    assert model.validation_losses_[-1] < model.validation_losses_[0]


def test_what_is_learnt_is_kept_and_repeated(two_camps):
    graph = two_camps()
    train = ["a0", "a1", "a2", "b0", "b1", "b2"]
    model, again, other = (GCN(seed=seed, **SMALL).fit(graph, train=train) for seed in (1, 1, 2))
    assert model.vectors_.keys == graph.keys
    assert model.vectors_.input.shape == (60, 16)
    assert model.vectors_.metadata["trained"]["estimator"] == "GCN"
    assert len(model.losses_) == 30
    assert model.losses_[-1] < model.losses_[0]
    np.testing.assert_array_equal(model.vectors_.input, again.vectors_.input)
    assert not np.array_equal(model.vectors_.input, other.vectors_.input)
    np.testing.assert_allclose(model.probabilities_.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(
        model.predict_proba(["b1", "a5"]), model.predict_proba()[graph.vocabulary.ids(["b1", "a5"])]
    )
    assert set(model.predict()) <= {"a", "b"}


def test_it_stops_when_validation_gets_worse(two_camps):
    """Labels for validation are turned round: the better it learns, the worse they are told."""
    graph = two_camps()
    keys = [key for key in graph.keys if int(key[1:]) >= 20]
    turned = graph.with_labels({key: ("ab".replace(key[0], "") if key in keys else key[0]) for key in graph.keys})
    model = GCN(epochs=200, alpha=0.05, workers=1, verbose=False).fit(turned, validation=keys)
    assert 10 < len(model.losses_) < 100
    window = model.validation_losses_[-11:]
    assert window[-1] > np.mean(window[:-1])


def test_without_keys_all_labelled_nodes_but_those_for_validation_are_learnt_from(two_camps):
    graph = two_camps()
    some = [key for key in graph.keys if key not in ("a0", "b0")]
    rest = GCN(**SMALL).fit(graph, train=[key for key in graph.keys if key in some], validation=["a0", "b0"])
    named = GCN(**SMALL).fit(graph, validation=["a0", "b0"])
    np.testing.assert_allclose(rest.probabilities_, named.probabilities_, rtol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"alpha": 0}, "alpha is 0; expected a number above 0"),
        ({"dropout": 1.0}, "dropout is 1.0; expected a number of at least 0 and below 1"),
        ({"epochs": 0}, "epochs is 0; expected a whole number"),
        ({"vector_size": 2.5}, "vector_size is 2.5; expected a whole number"),
        ({"patience": True}, "patience is True; expected a whole number"),
        ({"weight_decay": -1}, "weight_decay is -1; expected a number of at least 0, such as 5e-4"),
        ({"workers": 0}, "workers is 0; expected a whole number of at least 1, or None"),
        ({"alpha": float("nan")}, "alpha is nan"),
    ],
)
def test_parameters_out_of_range(two_camps, parameters, message):
    with pytest.raises(BadInput, match=message):
        GCN(**parameters).fit(two_camps())


def test_graphs_that_cannot_be_learnt_from(two_camps):
    graph = two_camps()
    bare = Graph.from_edges(["a"], ["b"])
    cases = [
        (bare, {}, "the graph has no features; give each node"),
        (bare.with_features(np.ones((2, 3))), {}, "the graph has no labels"),
        (bare.with_features(np.ones((2, 3))).with_labels({}), {}, "train holds no nodes"),
        (bare.with_features(np.ones((2, 3))).with_labels({"a": ["x", "y"]}), {}, "node 'a' in train has 2 labels"),
        ([("a", "b")], {}, "graph is a list; expected a Graph"),
        (graph, {"train": ["a0", "a1"]}, "the 2 nodes to learn from have one class"),
        (graph, {"train": ["a0", "a0", "b0"]}, "train names a node twice"),
        (graph, {"train": []}, "train holds no nodes"),
        (graph, {"train": ["a0", "b0"], "validation": ["b0"]}, "node 'b0' is in train and in validation"),
    ]
    for given, arguments, message in cases:
        with pytest.raises(BadInput, match=message):
            GCN(**SMALL).fit(given, **arguments)
    with pytest.raises(UnknownKey, match="unknown key 'a99'"):
        GCN(**SMALL).fit(graph, train=["a99"])
    with pytest.raises(NotFitted, match="call fit first"):
        GCN().predict(["a0"])
