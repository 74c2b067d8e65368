"""GraphSAGE against algorithm 1 and equation 1 in NumPy, and for nodes that come later."""

import numpy as np
import pytest
from scipy.stats import chisquare

from nearfield.embed import GraphSAGE
from nearfield.embed.convolution.neighbourhoods import block, blocks
from nearfield.errors import BadInput
from nearfield.graph import Graph

SMALL = {"workers": 1, "verbose": False, "epochs": 3, "vector_size": 8, "neighbours": (5, 5), "batch_size": 32}


def twin(graph, network, features):
    """Algorithm 1, node by node: normalized(σ(W · [own, mean of neighbours])), σ is ReLU but in the last layer."""
    rows = np.asarray(features, np.float64)
    for number, layer in enumerate(network.layers):
        of_mean, bias = layer.lin_l.weight.detach().numpy(), layer.lin_l.bias.detach().numpy()
        of_own = layer.lin_r.weight.detach().numpy()
        found = []
        for node in range(len(graph)):
            around = graph.indices[graph.indptr[node] : graph.indptr[node + 1]]
            mean = rows[around].mean(axis=0) if len(around) else np.zeros(rows.shape[1])
            found.append(of_own @ rows[node] + of_mean @ mean + bias)
        rows = np.stack(found)
        rows = rows if number == len(network.layers) - 1 else np.maximum(rows, 0)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows


def test_vectors_are_those_of_the_algorithm(two_camps):
    graph = two_camps(40)
    model = GraphSAGE(normalize=False, **SMALL).fit(graph)
    np.testing.assert_allclose(model.vectors_.input, twin(graph, model.network_, graph.features), atol=1e-5)


def test_a_batch_that_draws_every_neighbour_is_exact(two_camps):
    import torch

    from nearfield.embed.convolution.sage_network import rows_of

    graph = two_camps(40)
    model = GraphSAGE(normalize=False, **SMALL).fit(graph)
    targets = np.array([7, 3, 20])
    of_layers = blocks(graph, targets, (40, 40), np.random.default_rng(1))
    with torch.no_grad():
        found = model.network_(rows_of(graph.features, of_layers[0].sources), of_layers).numpy()
    np.testing.assert_allclose(found, twin(graph, model.network_, graph.features)[targets], atol=1e-5)


def test_neighbours_are_drawn_evenly():
    star = Graph.from_edges(["hub"] * 8, [f"leaf{i}" for i in range(8)])
    draw = np.random.default_rng(1)
    hub = star.vocabulary.ids(["hub"]).astype(np.int64)
    counts = np.zeros(len(star))
    for _ in range(2000):
        one = block(star, hub, 4, draw)
        assert one.sources[0] == hub[0]
        assert one.mean.sum() == pytest.approx(1)
        counts[one.sources] += 4 * one.mean.toarray()[0]
    assert counts[hub] == 0
    assert counts.sum() == pytest.approx(8000)
    assert chisquare(np.delete(counts, hub)).pvalue > 1e-3


def test_few_neighbours_are_all_taken():
    path = Graph.from_edges(["a", "b"], ["b", "c"], nodes=["d"])
    ids = {key: path.keys.index(key) for key in "abcd"}
    one = block(path, np.array([ids["d"], ids["b"]]), 25, np.random.default_rng(1))
    assert one.sources.tolist()[:2] == [ids["d"], ids["b"]]
    assert sorted(one.sources.tolist()[2:]) == sorted([ids["a"], ids["c"]])
    np.testing.assert_allclose(one.mean.toarray(), [[0, 0, 0, 0], [0, 0, 0.5, 0.5]])


def test_the_loss_is_that_of_the_paper():
    import torch

    from nearfield.embed.convolution.sage_network import pair_loss

    draw = np.random.default_rng(1)
    u, v, w = draw.normal(size=(5, 4)), draw.normal(size=(5, 4)), draw.normal(size=(3, 4))

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    expected = np.mean(
        [-np.log(sigmoid(u[i] @ v[i])) - sum(np.log(sigmoid(-u[i] @ w[j])) for j in range(3)) for i in range(5)]
    )
    assert pair_loss(*map(torch.from_numpy, (u, v, w))).item() == pytest.approx(expected)


def test_pairs_come_from_walks():
    from nearfield.embed.convolution.sage_network import Training

    path = Graph.from_edges(["a", "b", "c", "d"], ["b", "c", "d", "e"], nodes=["alone"])
    path = path.with_features(np.eye(6, dtype=np.float32))
    training = Training(path, path.features, GraphSAGE(walk_length=3))
    pairs = np.concatenate([training._pairs(6 * i, 6 * i + 6) for i in range(200)], axis=1)
    reach = path.to_scipy().toarray()
    reach = (reach + reach @ reach) * (1 - np.eye(6))  # one step or two, and not back at the start
    assert set(map(tuple, pairs.T.tolist())) == set(map(tuple, np.argwhere(reach).tolist()))


def test_what_walks_connect_gets_alike(two_camps):
    graph = two_camps(200)
    model = GraphSAGE(**SMALL | {"epochs": 15, "alpha": 0.01}).fit(graph)
    assert model.losses_[-1] < model.losses_[0]
    cosines = model.vectors_.input @ model.vectors_.input.T
    own = np.array([key[0] for key in graph.keys])
    same = own[:, None] == own
    assert cosines[same].mean() > cosines[~same].mean() + 0.3


def test_nodes_never_seen_get_vectors_that_do_not_depend_on_ids(two_camps):
    graph = two_camps(60)
    kept = [key for key in graph.keys if int(key[1:]) < 20]
    model = GraphSAGE(**SMALL).fit(induced(graph, kept, {key: key for key in kept}))
    whole = model.transform(graph)
    assert whole.keys == graph.keys
    np.testing.assert_allclose(np.linalg.norm(whole.input, axis=1), 1, rtol=1e-5)
    names = {key: f"node-{i * 7 % 60}" for i, key in enumerate(graph.keys)}
    renamed = model.transform(induced(graph, sorted(graph.keys), names))
    np.testing.assert_allclose(renamed[[names[key] for key in graph.keys]], whole.input, atol=1e-6)
    assert len({tuple(row) for row in whole[[key for key in graph.keys if key not in kept]].tolist()}) == 20


def induced(graph, keys, names):
    """The part of a graph between some nodes, in an order and with names of its own."""
    edges = [(names[key], names[other]) for key in keys for other, _ in graph.neighbours(key) if other in set(keys)]
    part = Graph.from_edges(*zip(*edges, strict=True), nodes=[names[key] for key in keys])
    return part.with_features(graph.features[graph.vocabulary.ids(keys)], [names[key] for key in keys])


def test_sparse_and_dense_features_are_the_same(two_camps):
    from scipy.sparse import csr_matrix

    graph = two_camps(40)
    dense = GraphSAGE(**SMALL).fit(graph).vectors_.input
    sparse = GraphSAGE(**SMALL).fit(graph.with_features(csr_matrix(graph.features))).vectors_.input
    np.testing.assert_allclose(sparse, dense, atol=1e-5)


def test_one_seed_is_one_result(two_camps):
    graph = two_camps(40)
    first, again, other = (GraphSAGE(seed=seed, **SMALL).fit(graph).vectors_.input for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"neighbours": ()}, r"neighbours is \(\); expected a tuple that is not empty of whole numbers"),
        ({"neighbours": (5, 0)}, r"neighbours is \(5, 0\)"),
        ({"neighbours": 5}, "neighbours is 5"),
        ({"walk_length": 1}, "walk_length is 1; expected a whole number of at least 2"),
        ({"negative": 0}, "negative is 0; expected a whole number of at least 1"),
        ({"ns_exponent": float("nan")}, "ns_exponent is nan"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_parameters_out_of_range(two_camps, parameters, message):
    with pytest.raises(BadInput, match=message):
        GraphSAGE(**parameters).fit(two_camps())


def test_graphs_that_do_not_fit(two_camps):
    bare = Graph.from_edges(["a"], ["b"])
    with pytest.raises(BadInput, match="the graph has no features"):
        GraphSAGE().fit(bare)
    with pytest.raises(BadInput, match="the graph has no edges"):
        GraphSAGE().fit(Graph.from_edges([], [], nodes=["a", "b"]).with_features(np.ones((2, 3))))
    model = GraphSAGE(**SMALL).fit(two_camps(40))
    with pytest.raises(BadInput, match="nodes have 3 features; expected 20, as learnt from"):
        model.transform(bare.with_features(np.ones((2, 3))))
