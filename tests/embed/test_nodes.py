"""DeepWalk and node2vec: what they learn, that they repeat, and what they do with strange graphs and parameters."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time

import networkx
import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.base import clone

from nearfield import DeepWalk, Graph, Node2Vec, Word2Vec, random_walks
from nearfield.embed.walk_corpus import WalkCorpus
from nearfield.errors import BadInput, NotFitted
from nearfield.walks.walker import Walker

METHODS = [DeepWalk, Node2Vec]
LOSSES = ["negative", "hierarchical"]


@pytest.fixture(scope="module")
def karate():
    return Graph.from_networkx(networkx.karate_club_graph(), weight="none")


def fitted(graph, method=DeepWalk, **changes):
    settings = {"vector_size": 16, "num_walks": 10, "walk_length": 20, "window": 3, "workers": 1, "alpha": 0.05}
    return method(**(settings | {"verbose": False} | changes)).fit(graph)


def cosines(vectors, keys):
    rows = vectors.input[vectors.vocabulary.ids(keys)]
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


def ties(graph, vectors):
    """How much nearer members of one faction of the karate club are to each other than to the other's: mean cosines."""
    members = networkx.karate_club_graph().nodes(data="club")
    found = cosines(vectors, [str(node) for node, _ in members])
    same = np.array([[a == b for _, a in members] for _, b in members])
    return found[same & ~np.eye(len(members), dtype=bool)].mean() - found[~same].mean()


# ---- what is learnt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_factions_of_the_karate_club_are_found(karate, method, loss):
    model = fitted(karate, method, loss=loss, num_walks=100)
    assert ties(karate, model.vectors_) > 0.3
    assert sorted(model.vectors_.keys) == sorted(karate.keys)
    assert (model.vectors_.output is None) == (loss == "hierarchical")


def test_several_workers_find_the_same_factions(karate):
    assert ties(karate, fitted(karate, num_walks=100, workers=3).vectors_) > 0.3


# the Huffman trees differ a little: ours is of the visits of the first walks, Word2Vec's of all
@pytest.mark.parametrize(("loss", "least"), [("negative", 0.9), ("hierarchical", 0.7)])
def test_it_learns_what_word2vec_learns_from_the_same_walks(karate, loss, least):
    common = {"vector_size": 16, "window": 3, "workers": 1, "alpha": 0.05, "verbose": False, "sample": 0.0}
    walks = random_walks(karate, num_walks=100, walk_length=20)
    words = Word2Vec(**common, epochs=1, loss=loss).fit(walks).vectors_
    ours = fitted(karate, num_walks=100, loss=loss).vectors_
    upper = np.triu_indices(len(karate), 1)
    correlation = spearmanr(cosines(ours, karate.keys)[upper], cosines(words, karate.keys)[upper]).statistic
    assert correlation > least


def test_q_decides_between_neighbourhood_and_outlook():
    """Two cliques joined by a chain: walks that linger see less of the other side than walks that go out."""
    graph = Graph.from_networkx(networkx.barbell_graph(8, 3))
    near, far = (fitted(graph, Node2Vec, q=q, num_walks=200, seed=2).vectors_ for q in (8.0, 0.05))
    ends = ["0", "18"]  # one in either clique
    assert cosines(near, ends)[0, 1] < cosines(far, ends)[0, 1]


def test_weights_count_and_node2vec_plus_differs():
    networkx_graph = networkx.karate_club_graph()
    weighted = Graph.from_networkx(networkx_graph)
    plain, plus = (fitted(weighted, Node2Vec, q=0.2, extended=extended).vectors_ for extended in (False, True))
    assert not np.array_equal(plain.input, plus.input)
    assert not np.array_equal(plain.input, fitted(weighted, Node2Vec, q=0.2, extended=False, p=9).vectors_.input)
    unweighted = Graph.from_networkx(networkx_graph, weight="none")
    assert not np.array_equal(fitted(weighted).vectors_.input, fitted(unweighted).vectors_.input)


# ---- the corpus of walks -------------------------------------------------------------------------------------------


def test_epochs_have_the_walks_of_random_walks_one_after_the_other(karate):
    walker = Walker(karate, length=12, p=0.5, q=2, seed=4)
    corpus = WalkCorpus(walker, 3)
    all_walks = random_walks(karate, num_walks=6, walk_length=12, p=0.5, q=2, seed=4)
    for epoch in (0, 1):
        for first, last in ((0, 20), (20, 21), (21, 3 * 34)):
            tokens, offsets, _ = corpus.take(epoch, first, last)
            made = [corpus.vocabulary.keys[i] for i in tokens]
            begun = epoch * 3 * 34
            assert made == [key for walk in range(begun + first, begun + last) for key in all_walks.keys(walk)]
            assert np.array_equal(np.diff(offsets), np.full(last - first, 12))


def test_counts_are_the_visits_of_the_first_walks(karate):
    corpus = WalkCorpus(Walker(karate, length=12, seed=4), 3)
    first = random_walks(karate, num_walks=1, walk_length=12, seed=4)
    assert corpus.vocabulary == first.vocabulary


def test_walks_are_shared_out_evenly_and_cut_into_blocks(karate):
    corpus = WalkCorpus(Walker(karate, length=12), 3)
    assert corpus.runs(3) == [(0, 34), (34, 68), (68, 102)]
    assert corpus.block_end(10, 34, 120) == 20
    assert corpus.block_end(10, 34, 5) == 11
    assert corpus.block_end(30, 34, 120) == 34
    assert corpus.tokens_before(34) == 34 * 12


# ---- strange graphs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", METHODS)
def test_dead_ends_and_isolated_nodes(method, loss):
    graph = Graph.from_edges(list("abc"), list("bcd"), directed=True, nodes=["alone"])
    model = fitted(graph, method, loss=loss, num_walks=200)
    assert np.isfinite(model.vectors_.input).all()
    assert set(model.vectors_.keys) == {*"abcd"}  # nothing is known of an isolated node
    assert np.abs(model.vectors_["c"]).max() > 0.5 / 16


def test_a_self_loop_joins_nothing():
    model = fitted(Graph.from_edges(list("abd"), list("bcd")))
    assert set(model.vectors_.keys) == {*"abc"}
    with pytest.raises(BadInput, match="2 nodes and no edge that joins two of them"):
        fitted(Graph.from_edges(list("ab"), list("ab")))


def test_a_saved_graph_trains_as_it_did(karate, tmp_path):
    karate.save(tmp_path / "g")
    assert np.array_equal(fitted(Graph.load(tmp_path / "g")).vectors_.input, fitted(karate).vectors_.input)


# ---- as an estimator -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
def test_one_worker_and_one_seed_repeat_bit_for_bit(karate, method, loss):
    one, again, other = (fitted(karate, method, loss=loss, seed=seed) for seed in (3, 3, 4))
    assert one.vectors_.input.tobytes() == again.vectors_.input.tobytes()
    assert one.vectors_.input.tobytes() != other.vectors_.input.tobytes()


def test_a_node2vec_without_bias_is_deepwalk(karate):
    assert fitted(karate, Node2Vec).vectors_.input.tobytes() == fitted(karate).vectors_.input.tobytes()


def test_scikit_learn_clones_it():
    model = Node2Vec(p=0.25, loss="hierarchical")
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "Node2Vec(loss='hierarchical', p=0.25)"
    with pytest.raises(BadInput, match="no parameter 'p'"):
        DeepWalk().set_params(p=2)
    with pytest.raises(NotFitted, match="call fit first"):
        _ = model.vectors_


def test_metadata_say_how_it_was_trained(karate):
    trained = fitted(karate, Node2Vec, q=0.5).vectors_.metadata["trained"]
    assert (trained["estimator"], trained["q"], trained["num_walks"], trained["finished"]) == (
        "Node2Vec",
        0.5,
        10,
        True,
    )
    assert trained["tokens"] == 10 * 20 * len(karate)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": "softmax"}, "loss is 'softmax'; expected one of negative, hierarchical"),
        ({"num_walks": 0}, "num_walks is 0; expected a whole number of at least 1"),
        ({"walk_length": 2.5}, "walk_length is 2.5"),
        ({"p": 0}, "p is 0; expected a number of 1e-09"),
        ({"q": float("nan")}, "q is nan"),
        ({"gamma": float("inf")}, "gamma is inf"),
        ({"vector_size": 0}, "vector_size is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"negative": 0}, "negative is 0"),
    ],
)
def test_bad_parameters_get_one_clear_line(karate, changes, message):
    with pytest.raises(BadInput, match=message) as error:
        fitted(karate, Node2Vec, **changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ([["a", "b"]], "fit was given a list; expected a Graph, such as read_edges returns"),
        (Graph.from_edges(["a"], ["a"]), "the graph has 1 nodes and no edge that joins two of them"),
        (Graph.from_edges(["a"], ["b"], [0.0]), "the graph has 2 nodes and no edge that joins two of them"),
    ],
)
def test_what_cannot_be_walked(graph, message):
    with pytest.raises(BadInput, match=message):
        fitted(graph)


# ---- interrupted, killed, resumed ----------------------------------------------------------------------------------

RUN = """
import sys, networkx
import numpy as np
from nearfield import Graph, Node2Vec
graph = Graph.from_networkx(networkx.powerlaw_cluster_graph(1000, 4, 0.3, seed=1))
model = Node2Vec(q=0.5, num_walks=8, vector_size=16, workers=1, verbose=False,
                 checkpoint=sys.argv[1] or None, checkpoint_minutes=0.02 / 60)
model.fit(graph, resume=bool(sys.argv[1]))
np.save(sys.argv[2], model.vectors_.input)
"""


def test_killed_and_resumed_ends_bit_for_bit_as_uninterrupted(tmp_path):
    start = [sys.executable, "-c", RUN]
    subprocess.run([*start, "", str(tmp_path / "whole.npy")], check=True)
    checkpoint = tmp_path / "checkpoint"
    resumable = [*start, str(checkpoint), str(tmp_path / "resumed.npy")]
    with subprocess.Popen(resumable) as process:
        while not checkpoint.exists() and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    subprocess.run(resumable, check=True)
    assert np.load(tmp_path / "whole.npy").tobytes() == np.load(tmp_path / "resumed.npy").tobytes()


def test_a_checkpoint_of_another_graph_is_refused(karate, tmp_path):
    done = fitted(karate, checkpoint=tmp_path / "checkpoint")
    again = DeepWalk(**done.get_params()).fit(karate, resume=True)
    assert again.vectors_.input.tobytes() == done.vectors_.input.tobytes()
    heavier = Graph.from_networkx(networkx.karate_club_graph())
    with pytest.raises(BadInput, match="made with checksum"):
        DeepWalk(**done.get_params()).fit(heavier, resume=True)
    with pytest.raises(BadInput, match="made with walk_length 20, this run has 5"):
        DeepWalk(**(done.get_params() | {"walk_length": 5})).fit(karate, resume=True)
    with pytest.raises(BadInput, match="resume without a checkpoint"):
        DeepWalk().fit(karate, resume=True)


def test_ctrl_c_leaves_the_vectors_so_far():
    script = textwrap.dedent("""
        import threading, os, signal, networkx
        import numpy as np
        from nearfield import DeepWalk, Graph
        graph = Graph.from_networkx(networkx.karate_club_graph())
        model = DeepWalk(vector_size=32, num_walks=10**8, workers=2, verbose=False)
        DeepWalk(**(model.get_params() | {"num_walks": 1})).fit(graph)  # what is compiled is ready
        threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            model.fit(graph)
        except KeyboardInterrupt:
            assert np.isfinite(model.vectors_.input).all() and model.vectors_.output.any()
            assert model.vectors_.metadata["trained"]["finished"] is False
            print("stopped cleanly")
    """)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (run.stdout, run.stderr) == ("stopped cleanly\n", "")
