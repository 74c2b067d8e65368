"""`nf.update` for nodes: a refresh, or learning anew, with the same ids."""

from __future__ import annotations

import numpy as np
import pytest

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.update.popularity import popularity_of

SETTINGS = {"vector_size": 8, "num_walks": 4, "walk_length": 10, "window": 2, "workers": 1, "verbose": False}
RING = [(f"n{i}", f"n{(i + 1) % 20}") for i in range(20)]


def graph(edges):
    return nf.Graph.from_edges(*zip(*edges, strict=True))


@pytest.fixture(scope="module")
def fitted():
    return nf.DeepWalk(**SETTINGS).fit(graph(RING)).vectors_


@pytest.mark.parametrize("strategy", ["replay", "retrain", None])
def test_ids_stay_and_new_nodes_come_behind(fitted, strategy):
    report = nf.update(fitted, graph([*RING, ("n3", "new"), ("new", "n4")]), strategy=strategy, old=graph(RING))
    assert report.vectors.keys == (*fitted.keys, "new")
    assert report.new_keys == ("new",)
    assert report.trained_on > 0
    assert np.isfinite(report.vectors.input).all()


def test_nothing_changes_where_no_edge_has(fitted):
    found = nf.update(fitted, graph(RING), old=graph(RING)).vectors
    assert found.keys == fitted.keys
    assert found.input.tobytes() == fitted.input.tobytes()
    assert found.output.tobytes() == fitted.output.tobytes()


def test_a_refresh_is_that_of_the_estimator(fitted):
    after = graph([*RING, ("n1", "n9")])
    found = nf.update(fitted, after, old=graph(RING)).vectors
    refreshed = nf.DeepWalk(**SETTINGS).refresh(graph(RING), after, fitted).vectors_
    assert found.input.tobytes() == refreshed.input.tobytes()


def test_nodes_that_are_no_more_go(fitted):
    without = [edge for edge in RING if "n7" not in edge]
    report = nf.update(fitted, graph(without), old=graph(RING))
    assert report.dropped_keys == ("n7",)
    assert [key for key in fitted.keys if key != "n7"] == [*report.vectors.keys]


@pytest.mark.parametrize(
    ("new", "arguments", "message"),
    [
        (graph(RING), {}, "the graph that was learnt from is not given"),
        (graph(RING), {"strategy": "lwf", "old": graph(RING)}, "for nodes expected 'replay', which is a refresh"),
        ([["n1", "n2"]], {}, "new or old data are a list; expected Graph"),
    ],
)
def test_refusals(fitted, new, arguments, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted, new, **arguments)


def test_refreshed_nodes_are_as_popular_as_their_visits_say(fitted):
    after = graph([*RING, *[("n3", f"n{i}") for i in range(9, 15)]])
    found = nf.update(fitted, after, old=graph(RING)).vectors
    before = popularity_of(fitted.input, fitted.output, fitted.counts)
    now = popularity_of(found.input, found.output, found.counts)
    change = before.slope * (np.log(found.counts) - np.log(fitted.counts))
    np.testing.assert_allclose(found.output @ now.middle, fitted.output @ before.middle + change, atol=1e-4)
