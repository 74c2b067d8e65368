"""LightGCN against the matrix form of its paper in NumPy, against autograd, and on made and real histories."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nearfield.embed import LightGCN
from nearfield.embed.convolution.interactions import of_graph, of_sequences
from nearfield.errors import BadInput, UnknownKey
from nearfield.graph import Graph
from nearfield.sequences import Sequences

SMALL = {"workers": 1, "verbose": False, "epochs": 30, "vector_size": 8, "batch_size": 64, "alpha": 0.02}


@pytest.fixture
def matrix():
    had = np.random.default_rng(1).random((9, 6)) < 0.4
    had[0] |= ~had.any(axis=0)  # every item has somebody, and everybody an item
    had[~had.any(axis=1), 1] = True
    return csr_matrix(had.astype(np.float32))


def training_of(matrix, **parameters):
    import torch

    from nearfield.embed.convolution.lightgcn_network import Training

    torch.manual_seed(1)
    return Training(matrix, LightGCN(**SMALL | parameters))


def dense_adjacency(matrix):
    """D^-½ A D^-½ with A = [[0, R], [Rᵀ, 0]]: equations 6 to 8."""
    n_users, n_items = matrix.shape
    both = np.zeros((n_users + n_items,) * 2)
    both[:n_users, n_users:] = matrix.toarray()
    both += both.T
    degrees = np.maximum(both.sum(axis=1), 1)
    return both / np.sqrt(np.outer(degrees, degrees))


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_propagation_is_that_of_the_paper(matrix, layers):
    import torch

    training = training_of(matrix, layers=layers)
    first, a = training.rows.detach().numpy(), dense_adjacency(matrix)
    expected = sum(np.linalg.matrix_power(a, k) @ first for k in range(layers + 1)) / (layers + 1)
    with torch.no_grad():
        np.testing.assert_allclose(training.propagated(training.rows).numpy(), expected, atol=1e-6)
    rows = training.result()
    np.testing.assert_allclose(np.concatenate([rows.users, rows.items]), expected, atol=1e-6)


def test_the_mean_of_a_history_stands_for_a_user_who_is_else_unknown(matrix):
    """Against a user with a row of zeros, whom the others' rows take no notice of."""
    training = training_of(matrix, layers=3)
    rows, a, n_users = training.result(), dense_adjacency(matrix), matrix.shape[0]
    first = training.rows.detach().numpy()
    for history in ([0, 2], [1], [5, 4, 0]):
        sums = sum(np.linalg.matrix_power(a, k) @ first for k in range(3))[n_users:]
        degrees = np.asarray(matrix.sum(axis=0)).ravel()
        user = sum(sums[i] / np.sqrt(len(history) * degrees[i]) for i in history) / 4
        found = rows.histories[history].mean(axis=0)
        np.testing.assert_allclose(found * np.sqrt(len(history)), user, rtol=1e-4, atol=1e-6)


def test_gradients_are_those_of_autograd(matrix):
    import torch

    from nearfield.embed.convolution.lightgcn_network import bpr_loss

    training = training_of(matrix, weight_decay=0.1)
    users, had, drawn = training.draws.triples(np.arange(len(training.draws)))
    rows = training.rows.detach().clone().requires_grad_()
    a = torch.from_numpy(dense_adjacency(matrix)).float()
    final = (rows + a @ rows + a @ a @ rows + a @ a @ a @ rows) / 4
    triple = [torch.from_numpy(ids) for ids in (users, len(a) - 6 + had, len(a) - 6 + drawn)]
    loss = bpr_loss(*(final[ids] for ids in triple))
    decay = 0.1 * sum(rows[ids].square().sum() for ids in triple) / (2 * len(users))
    (loss + decay).backward()
    training._step(users, had, drawn)
    np.testing.assert_allclose(training.rows.grad.numpy(), rows.grad.numpy(), rtol=1e-3, atol=1e-6)


def test_drawn_items_were_not_had_and_all_others_are_drawn(matrix):
    training = training_of(matrix)
    seen = set()
    for _ in range(50):
        users, had, drawn = training.draws.triples(np.arange(len(training.draws)))
        assert matrix[users, had].min() == 1
        assert matrix[users, drawn].max() == 0
        seen |= set(zip(users.tolist(), drawn.tolist(), strict=True))
    assert seen == set(map(tuple, np.argwhere(matrix.toarray() == 0).tolist()))


def test_who_had_everything_is_held_against_nothing():
    training = training_of(csr_matrix(np.array([[1, 1, 1], [1, 0, 0]], np.float32)))
    users, had, _ = training.draws.triples(np.arange(len(training.draws)))
    assert (users.tolist(), had.tolist()) == ([1], [0])


@pytest.fixture
def camps():
    """40 users who like 10 of the items of their own half, x0 … x19 or y0 … y19."""
    draw = np.random.default_rng(1)
    return [[f"{'xy'[user % 2]}{i}" for i in draw.permutation(20)[:10]] for user in range(40)]


def test_users_are_told_items_of_their_kind(camps):
    model = LightGCN(**SMALL).fit(camps, users=[f"u{i}" for i in range(40)])
    assert model.losses_[-1] < 0.5 * model.losses_[0]
    for user, history in enumerate(camps):
        for asked in (model.users_[f"u{user}"], history):
            found = model.vectors_.next(asked, k=10, exclude=history)
            assert sum(key[0] == history[0][0] for key, _ in found) >= 9
    own, other = (model.users_[name] @ model.vectors_.output[model.vectors_.keys.index("x1")] for name in ("u0", "u1"))
    assert own > other


def test_a_graph_is_as_good_as_histories(camps):
    names = [f"u{i}" for i in range(40)]
    edges = [(name, item) for name, history in zip(names, camps, strict=True) for item in history]
    for directed in (False, True):
        found = of_graph(Graph.from_edges(*zip(*edges, strict=True), directed=directed), names)
        expected = of_sequences(Sequences.from_lists(camps), names)
        assert found.users == expected.users
        places = [found.items[key] for key in expected.items.keys]
        np.testing.assert_array_equal(found.matrix.toarray()[:, places], expected.matrix.toarray())
        np.testing.assert_array_equal(found.items.counts, expected.matrix.toarray()[:, np.argsort(places)].sum(axis=0))
    model = LightGCN(**SMALL).fit(Graph.from_edges(*zip(*edges, strict=True)), users=names)
    assert (model.users_.keys, len(model.vectors_)) == (tuple(names), 40)


def test_histories_of_one_user_are_joined_and_repeats_count_once():
    found = of_sequences(Sequences.from_lists([["a", "b", "a"], ["c"], ["b", "c"]]), ["u", "v", "u"])
    assert found.users == ["u", "v"]
    places = [found.items[key] for key in "abc"]
    np.testing.assert_array_equal(found.matrix.toarray()[:, places], [[1, 1, 1], [0, 0, 1]])
    assert found.items.counts.tolist() == [2, 1, 1]


def test_one_seed_is_one_result(camps):
    first, again, other = (LightGCN(seed=seed, **SMALL | {"epochs": 2}).fit(camps).users_.input for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_cannot_be_learnt_from(camps):
    social = Graph.from_edges(["u", "u"], ["v", "a"])
    cases = [
        (camps, {"users": ["u"]}, "1 users for 40 sequences; expected one each"),
        ([], {}, "nobody had any item"),
        ([[], []], {}, "nobody had any item"),
        ([["a"], ["a"]], {}, "there is one item; expected two or more"),
        ([["a", "b"], ["b", "a"]], {}, "every user had every item"),
        (social, {}, "name them: users="),
        (social, {"users": ["u", "v"]}, "an edge joins '[uv]' and '[uv]', two users"),
        (social, {"users": ["v"]}, "an edge joins '[ua]' and '[ua]', two items"),
        (social, {"users": ["v", "v"]}, "a user is named twice"),
    ]
    for data, arguments, message in cases:
        with pytest.raises(BadInput, match=message):
            LightGCN(**SMALL).fit(data, **arguments)
    with pytest.raises(UnknownKey, match="unknown key 'w'"):
        LightGCN(**SMALL).fit(social, users=["w"])
    with pytest.raises(BadInput, match="layers is 0"):
        LightGCN(layers=0).fit(camps)
