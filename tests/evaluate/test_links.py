"""Link prediction against scikit-learn's figures, and scores against sums done by hand."""

from __future__ import annotations

import sys

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from nearfield import Graph, Vectors
from nearfield.embed import Line
from nearfield.errors import BadInput, MissingExtra, UnknownKey
from nearfield.evaluate.held_out_edges import hold_out_edges
from nearfield.evaluate.links import link_figures, link_prediction, score_pairs_of
from nearfield.evaluate.resampling import resample


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]), st.booleans()), min_size=2, max_size=40))
def test_figures_are_scikit_learns(pairs):
    scores, labels = (np.array(column) for column in zip(*pairs, strict=True))
    figures = link_figures(scores, labels, resamples=5)
    if labels.all() or not labels.any():
        assert np.isnan(figures["auc"].value)
        return
    assert figures["auc"].value == pytest.approx(roc_auc_score(labels, scores))
    assert figures["average_precision"].value == pytest.approx(average_precision_score(labels, scores))


def test_intervals_are_those_of_resampled_pairs():
    random = np.random.default_rng(0)
    labels = random.random(200) < 0.5
    scores = random.normal(labels, 1.5).round(1)  # with ties
    figures = link_figures(scores, labels, resamples=100, seed=3)
    weights = np.concatenate(list(resample(200, 100, 3)))
    for name, metric in (("auc", roc_auc_score), ("average_precision", average_precision_score)):
        drawn = [metric(labels, scores, sample_weight=one) for one in weights]
        assert figures[name].interval == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))


def directed_cases():
    graph = Graph.from_networkx(networkx.gn_graph(60, seed=1).to_undirected())
    extra = np.random.default_rng(1).integers(0, 60, (2, 150))
    keys = [key for key in graph.keys for _ in graph.neighbours(key)]
    others = [other for key in graph.keys for other, _ in graph.neighbours(key)]
    graph = Graph.from_edges([*keys, *map(str, extra[0])], [*others, *map(str, extra[1])], directed=True)
    return hold_out_edges(graph, share=0.3)


def random_vectors(keys, seed=0):
    random = np.random.default_rng(seed)
    order = random.permutation(len(keys))  # vectors may stand in another order than nodes
    tables = random.normal(0, 1, (2, len(keys), 5)).astype(np.float32)
    return Vectors([keys[i] for i in order], *tables)


@pytest.mark.parametrize("score", ["cosine", "dot", "next"])
def test_scores_by_hand(score):
    cases = directed_cases()
    vectors = random_vectors(cases.train.keys)
    found = score_pairs_of(vectors, cases, score)
    expected = []
    for i, j in [*cases.edges, *cases.non_edges]:
        a, b = (cases.train.keys[node] for node in (i, j))
        u, v = vectors[a], vectors[b]
        if score == "next":
            v = vectors.output[vectors.vocabulary[b]]
        scale = np.linalg.norm(u) * np.linalg.norm(v) if score == "cosine" else 1
        expected.append(u @ v / scale)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_hadamard_finds_the_entries_that_tell():
    # rows that reconstruct the graph in one of their entries only, and noise in the others
    graph = Graph.from_networkx(networkx.planted_partition_graph(2, 40, 0.5, 0.02, seed=2))
    cases = hold_out_edges(graph, share=0.3)
    side = np.array([1.0 if int(key) < 40 else -1.0 for key in graph.keys])
    noise = np.random.default_rng(0).normal(0, 5, (80, 6))
    vectors = Vectors(graph.keys, np.column_stack([side, noise]).astype(np.float32))
    learnt, plain = (link_prediction(vectors, cases, score=one, resamples=10) for one in ("hadamard", "dot"))
    assert learnt.auc > 0.7 > plain.auc


def test_vectors_of_the_rest_foretell_edges_and_noise_does_not():
    graph = Graph.from_networkx(networkx.planted_partition_graph(4, 30, 0.5, 0.02, seed=3))
    cases = hold_out_edges(graph, share=0.3)
    vectors = Line(order="second", vector_size=16, samples=400_000, workers=1, verbose=False).fit(cases.train).vectors_
    learnt = link_prediction(vectors, cases, resamples=50)
    assert learnt.auc > 0.75
    low, high = link_prediction(random_vectors(graph.keys), cases, resamples=200).figures["auc"].interval
    assert low < 0.55
    assert high > 0.45
    assert learnt.n == len(cases.edges)


def test_bands_are_of_the_smaller_degree():
    cases = directed_cases()
    result = link_prediction(random_vectors(cases.train.keys), cases, bands=[3, 6], resamples=20)
    degrees = {key: cases.train.degrees[cases.train.vocabulary[key]] for key in cases.train.keys}
    pairs = [[cases.train.keys[i] for i in pair] for pair in [*cases.edges, *cases.non_edges]]
    smaller = np.array([min(degrees[a], degrees[b]) for a, b in pairs])
    counts = [np.sum(smaller < 3), np.sum((smaller >= 3) & (smaller < 6)), np.sum(smaller >= 6)]
    assert [group.n for group in result.by_degree] == [n for n in counts if n]
    assert result.by_degree[0].high < 3
    flat = result.to_dict()
    assert flat["auc"] == result.auc
    assert flat["average_precision"] == result.average_precision
    assert flat["by_degree"][0]["n"] == counts[0]


def test_bad_input(monkeypatch):
    cases = directed_cases()
    vectors = random_vectors(cases.train.keys)
    with pytest.raises(BadInput, match="score is 'l2'; expected one of cosine, dot, next, hadamard"):
        link_prediction(vectors, cases, score="l2")
    with pytest.raises(BadInput, match="the vectors have no output rows; expected some, or score='dot'"):
        link_prediction(Vectors(vectors.keys, vectors.input), cases, score="next")
    with pytest.raises(UnknownKey):
        link_prediction(random_vectors(cases.train.keys[1:]), cases)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtra, match=r"nearfield\[evaluate\]"):
        link_prediction(vectors, cases, score="hadamard")
