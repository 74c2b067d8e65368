"""`nf.update` for nodes: what stays bit for bit, what is learnt, who gets which id, and what is refused."""

from __future__ import annotations

import functools

import networkx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nearfield as nf
from nearfield.errors import BadInput, UnknownKey
from nearfield.store import Store
from nearfield.update import Replay
from nearfield.update.graph_changes import transition_differences
from nearfield.update.nodes import _begins
from nearfield.update.strategies import parse

SETTINGS = {"vector_size": 8, "num_walks": 4, "walk_length": 10, "window": 2, "workers": 1, "verbose": False}
RING = [(f"n{i}", f"n{(i + 1) % 20}") for i in range(20)]
ALL = ("retrain", "fine_tune", "replay", "lwf", "ewc", "freeze", "settle", "replay+lwf", "replay+ewc+settle")
EDGE = st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.1, 1, 2.5]))
EDGES = st.lists(EDGE, min_size=1).map(lambda edges: [*edges, (0, 1, 1.0)])
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def graph(edges, **options):
    return nf.Graph.from_edges(*zip(*edges, strict=True), **options)


@functools.cache
def fitted(estimator="DeepWalk", **changed):
    return getattr(nf, estimator)(**SETTINGS | changed).fit(graph(RING)).vectors_


def random_vectors(before):
    tables = np.random.default_rng(7).normal(size=(2, len(before), 8)).astype(np.float32)
    trained = {"estimator": "DeepWalk"} | SETTINGS
    return nf.Vectors(before.keys, *tables, counts=before.degrees, metadata={"trained": trained})


def tables(vectors):
    return vectors.keys, vectors.input.tobytes(), vectors.output.tobytes(), vectors.counts.tobytes()


# ---- what stays ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", [None, *ALL])
@pytest.mark.parametrize("estimator", ["DeepWalk", "Node2Vec"])
def test_ids_stay_and_new_nodes_come_behind(strategy, estimator):
    old = fitted(estimator)
    before = tables(old)
    after = graph([*RING, ("n3", "new"), ("new", "n4")])
    report = nf.update(old, after, strategy=strategy, old=graph(RING))
    assert tables(old) == before
    assert report.vectors.keys == (*old.keys, "new")
    assert report.new_keys == ("new",)
    assert report.trained_on > 0
    assert np.isfinite(report.vectors.input).all()
    assert report.strategy == (strategy or "settle")


@quick
@given(EDGES, st.booleans(), st.sampled_from([one for one in ALL if one != "retrain"]))
def test_nothing_changes_where_nothing_has(edges, directed, strategy):
    before = graph(edges, directed=directed)
    again = graph(edges[::-1], directed=directed)  # nodes of the same degree in another order
    old = random_vectors(before)
    report = nf.update(old, again, strategy=strategy, old=before)
    assert report.content is old
    assert report.trained_on == 0


@quick
@given(EDGES, EDGES, st.booleans(), st.sampled_from(["freeze", "replay+freeze"]))
def test_frozen_rows_stay_bit_for_bit(earlier, later, directed, strategy):
    alone = {"directed": directed, "nodes": ["0", "7"]}  # with edges or without
    before, after = (graph(edges, **alone) for edges in (earlier, later))
    old = random_vectors(before)
    found = nf.update(old, after, strategy=strategy, old=before, alpha=0.5).vectors
    kept = [key for key in old.keys if key in found]
    assert found.keys[: len(kept)] == tuple(kept)
    assert np.array_equal(found[kept], old[kept])
    then, now = old.vocabulary.ids(kept), found.vocabulary.ids(kept)
    assert np.array_equal(found.output[now], old.output[then])
    assert set(found.keys) == set(after.without_isolated(keep=old.keys).keys)


@quick
@given(EDGES, EDGES, st.booleans(), st.sampled_from([1, 3]), st.sampled_from(["fine_tune", "settle", "lwf"]))
def test_what_no_walk_can_come_by_stays_bit_for_bit(earlier, later, directed, workers, strategy):
    kept = [(100, 101, 1.0), (101, 102, 1.0)]  # another part of the graph
    before, after = (graph(edges + kept, directed=directed) for edges in (earlier, later))
    old = random_vectors(before)
    found = nf.update(old, after, strategy=strategy, old=before, workers=workers).vectors
    assert set(found.keys) == set(after.without_isolated(keep=old.keys).keys)
    assert np.isfinite(found.input).all()
    ways = networkx.from_scipy_sparse_array(after.to_scipy(), create_using=networkx.DiGraph)
    touched = np.flatnonzero(abs(transition_differences(before, after)).sum(axis=1))
    touched = touched[touched < len(after)].tolist()
    reach = {to for start in touched for to in {start, *networkx.descendants(ways, start)}}
    far = [key for i, key in enumerate(after.keys) if i not in reach and after.degrees[i] > 0 and key in old]
    assert {"100", "101", "102"} <= set(far)
    then, now = old.vocabulary.ids(far), found.vocabulary.ids(far)
    assert np.array_equal(old.input[then], found.input[now])
    assert np.array_equal(old.output[then], found.output[now])


@pytest.mark.parametrize("strategy", [None, "fine_tune", "replay+lwf", "ewc"])
def test_saving_between_two_updates_makes_no_difference(tmp_path, strategy):
    first, second = graph([*RING, ("n1", "n9")]), graph([*RING, ("n1", "n9"), ("n2", "new")])
    at_once = nf.update(fitted(), first, strategy=strategy, old=graph(RING)).vectors
    at_once.save(tmp_path / "saved")
    loaded = nf.load(tmp_path / "saved")
    pair = [nf.update(one, second, strategy=strategy, old=first).vectors for one in (at_once, loaded)]
    assert tables(pair[0]) == tables(pair[1])
    assert pair[0].metadata == pair[1].metadata
    assert [one["new_keys"] for one in pair[0].metadata["updates"]] == [0, 1]


def test_nodes_that_are_no_more_go_and_a_store_remembers_them(tmp_path):
    without = [edge for edge in RING if "n7" not in edge]
    report = nf.update(fitted(), graph(without), old=graph(RING))
    assert report.dropped_keys == ("n7",)
    assert [key for key in fitted().keys if key != "n7"] == [*report.vectors.keys]
    store = Store(tmp_path)
    store.publish(fitted())
    store.publish(report.vectors)
    with pytest.raises(UnknownKey, match="unknown key 'n7', which version 1 had"):
        store.open().similar("n7")


def test_nodes_without_edges_come_and_go_without_walks():
    lonely = nf.Graph.from_edges(*zip(*RING, strict=True), nodes=["lonely"])
    there = nf.update(fitted(), lonely, old=graph(RING))
    assert there.new_keys == ()  # nothing is known of it
    assert there.trained_on == 0
    assert tables(there.vectors)[:3] == tables(fitted())[:3]
    old = random_vectors(lonely)  # vectors from elsewhere, with a row for it
    assert nf.update(old, lonely, old=lonely).content is old
    assert nf.update(old, graph(RING), old=lonely).dropped_keys == ("lonely",)


# ---- what is learnt ------------------------------------------------------------------------------------------------


def test_walks_begin_with_gained_steps_in_proportion():
    """A star whose hub gains a leaf, and a pair of which one end finds another node."""
    star = [("hub", f"leaf{i}", 1.0) for i in range(4)] + [("a", "b", 1.0)]
    before, after = graph(star, directed=True), graph([*star, ("hub", "new", 4.0), ("a", "c", 1.0)], directed=True)
    visits = np.array([{"hub": 30, "a": 10}.get(key, 5) for key in after.keys])
    model = nf.DeepWalk(**SETTINGS | {"num_walks": 1000})
    random = np.random.default_rng(1)
    begins = _begins(transition_differences(before, after), visits, model, parse(Replay(2.0)), random)
    steps = [(after.keys[source], after.keys[target]) for source, target in begins.tolist() if source >= 0]
    assert set(steps) == {("hub", "new"), ("a", "c")}
    assert len(steps) == np.ceil(1000 * len(after) * (30 * 0.5 + 10 * 0.5) / visits.sum())
    assert steps.count(("hub", "new")) / len(steps) == pytest.approx(0.75, abs=0.02)
    starts = begins[begins[:, 0] < 0, 1]
    assert len(starts) == 2 * len(steps)
    assert np.bincount(starts, minlength=len(after)).min() > 0.8 * len(starts) / len(after)


def cliques(*others):
    return [(a, b) for start in (0, 20) for a in range(start, start + 12) for b in range(start, a)] + [*others]


def nearness(vectors, key, others):
    return np.mean([vectors.similarity(key, str(other)) for other in others])


LONG = SETTINGS | {"num_walks": 200, "walk_length": 8, "window": 3, "alpha": 0.05}


@pytest.mark.parametrize("directed", [False, True])
def test_a_node_that_moves_is_found_among_its_new_neighbours(directed):
    moving = [(50, a) for a in range(6)], [(50, a) for a in range(20, 26)]
    both = (lambda edges: [*edges, *((b, a) for a, b in edges)]) if directed else list
    before, after = (graph(both(cliques((0, 20), *one)), directed=directed) for one in moving)
    old = nf.DeepWalk(**LONG).fit(before).vectors_
    assert nearness(old, "50", range(6)) > nearness(old, "50", range(20, 26)) + 0.3
    new = nf.update(old, after, strategy="fine_tune", old=before, alpha=0.05).vectors
    assert nearness(new, "50", range(20, 26)) > nearness(new, "50", range(6)) + 0.3


@pytest.mark.parametrize("strategy", [None, "freeze"])
def test_a_new_node_is_placed(strategy):
    before, after = graph(cliques((0, 20))), graph(cliques((0, 20), (60, 20), (60, 21)))
    old = nf.DeepWalk(**LONG).fit(before).vectors_
    new = nf.update(old, after, strategy=strategy, old=before).vectors
    assert nearness(new, "60", range(20, 32)) > nearness(new, "60", range(12)) + 0.3


def test_a_node_that_knows_nobody_does_not_come_first():
    """Outputs of zero would: those of others have learnt what they do not go with."""
    edges = networkx.gnm_random_graph(300, 1500, seed=1).edges
    before = graph([(str(a), str(b)) for a, b in edges])
    after = nf.Graph.from_edges(*zip(*edges, strict=True), nodes=["lonely"])
    old = nf.DeepWalk(**SETTINGS | {"num_walks": 40}).fit(before).vectors_
    new = nf.update(old, after, old=before).vectors
    assert "lonely" not in {key for one in old.keys[:20] for key, _ in new.next(one, k=100)}


def test_touched_nodes_are_no_part_of_the_overlap_of_others():
    after = graph([*RING, *[(f"n{i}", "new") for i in range(18)]])
    figures = nf.update(fitted(), after, old=graph(RING)).figures
    assert "overlap@10" in figures
    assert "untouched overlap@10" not in figures  # every node has a step to or from a touched one


# ---- who cannot train on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "estimator",
    [nf.Line(vector_size=8, samples=1000, workers=1, verbose=False), nf.ProNE(vector_size=8, verbose=False)],
)
def test_what_learns_without_walks_is_retrained(estimator):
    old = estimator.fit(graph(RING)).vectors_
    after = graph([*RING, ("n3", "new")])
    report = nf.update(old, after)
    assert (report.strategy, report.new_keys) == ("retrain", ("new",))
    assert report.vectors.keys == (*old.keys, "new")
    anew = type(estimator)(**estimator.get_params()).fit(after).vectors_
    assert np.array_equal(report.vectors[list(old.keys)], anew[list(old.keys)])
    assert nf.update(estimator, after).vectors.keys == (*estimator.vectors_.keys, "new")
    with pytest.raises(BadInput, match="keeps no output rows to train on from: expected 'retrain'"):
        nf.update(old, after, strategy="replay", old=graph(RING))


def test_a_setting_that_an_estimator_has_not_is_named():
    with pytest.raises(BadInput, match="alpha is given, and ProNE has none"):
        nf.update(nf.ProNE(vector_size=8, verbose=False).fit(graph(RING)), graph(RING), alpha=0.1)


def test_propagated_vectors_are_retrained_and_propagated():
    smooth = nf.spectral_propagation(fitted(), graph(RING))
    found = nf.update(smooth, graph([*RING, ("n3", "n9")]), strategy="retrain").vectors
    assert found.keys == smooth.keys
    np.testing.assert_allclose(np.linalg.norm(found.input, axis=1), 1, atol=1e-5)
    with pytest.raises(BadInput, match="the vectors have no output rows; expected 'negative' and some"):
        nf.update(smooth, graph([*RING, ("n3", "n9")]), old=graph(RING))


@pytest.mark.parametrize(
    ("new", "arguments", "message"),
    [
        (graph(RING), {}, "the graph that was learnt from is not given"),
        ([["n1", "n2"]], {}, "new or old data are a list; expected Graph"),
        (graph(RING), {"old": graph(RING), "drop_below": 2}, "drop_below is 2; for nodes leave it out"),
        (graph(RING), {"old": graph(RING), "grow": False}, "grow is False; for nodes leave it out"),
        (graph(RING), {"old": graph(RING), "half_life": "2d"}, "half_life is '2d'; for nodes leave it out"),
        (graph(RING), {"old": graph(RING), "initial": "random"}, "initial is 'random'; for nodes leave it out"),
        (graph(RING), {"old": graph(RING, directed=True)}, "one of the two graphs is directed"),
        (graph(RING), {"old": graph([("n1", "stranger")])}, "node 'stranger' of old has no vector"),
        (
            graph(RING),
            {"old": graph(RING), "strategy": [Replay(choice="herding")]},
            "'herding', which is for sequences",
        ),
        (graph([("n1", "n1")]), {"old": graph(RING)}, "no edge that joins two|1 nodes; expected 2"),
        (graph(RING), {"old": graph(RING), "alpha": float("nan")}, "alpha is nan"),
    ],
)
def test_refusals(new, arguments, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted(), new, **arguments)


def test_a_tree_is_retrained():
    old = fitted(loss="hierarchical")
    after = graph([*RING, ("n3", "new")])
    with pytest.raises(BadInput, match="a tree changes with the visits"):
        nf.update(old, after, old=graph(RING))
    assert nf.update(old, after, strategy="retrain").new_keys == ("new",)


def test_vectors_without_counts_are_named():
    old = fitted()
    bare = nf.Vectors(old.keys, old.input, old.output, metadata=old.metadata)
    with pytest.raises(BadInput, match="the vectors have no counts"):
        nf.update(bare, graph(RING), old=graph(RING))
