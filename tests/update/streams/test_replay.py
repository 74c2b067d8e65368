"""Streams with learners whose every score can be told by hand, and one with ours."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from nearfield import ItemEmbedding, Sequences
from nearfield.errors import BadInput, UnknownKey
from nearfield.graph import Graph
from nearfield.update.report import Update
from nearfield.update.streams.replay import Learner, evaluate_stream
from nearfield.update.streams.slices import StreamSlice, slices_by_time

N = 4


def keys_of(sequences):
    return frozenset(sequences.vocabulary.keys)


def known(version, held):
    """The share of what is held out that a version, a set of keys, has seen."""
    return len(version & keys_of(held)) / len(held.vocabulary)


@pytest.fixture
def slices():
    """Four slices of ten keys each, which nothing else has; each slice in five sequences."""
    found = []
    for i in range(N):
        keys = [f"{i}{j}" for j in range(10)]
        sequences = Sequences.from_lists([keys[2 * j : 2 * j + 2] for j in range(5)])
        found.append(StreamSlice(f"day {i}", sequences, sequences))
    return found


def run(slices, learners, **options):
    return evaluate_stream(slices, keys_of(slices[0].learn), learners, score=known, verbose=False, **options)


KEEP = {"keep": lambda version, new, old: version | keys_of(new)}
FORGET = {"forget": lambda version, new, old: keys_of(new)}
RETRAIN = Learner("retrain", lambda version, new, old: keys_of(old) | keys_of(new), goes_on=False)


def test_who_keeps_everything(slices):
    result = run(slices, KEEP)
    assert result.names == ("no update", "keep")
    expected = np.where(np.tri(N) > 0, 1.0, np.where(np.tri(N, k=1) > 0, 0.0, np.nan))
    scores = result["keep"].scores.copy()
    assert scores[0].tolist() == [1, 0, 0, 0]
    scores[0] = expected[0]
    assert np.array_equal(scores, expected, equal_nan=True)
    figures = result.figures("keep")
    assert (figures["next"], figures["old"], figures["average"], figures["min-ACC"], figures["WC-ACC"]) == (
        0,
        1,
        1,
        1,
        1,
    )
    assert (figures["backward"], figures["forgetting"], figures["forward"]) == (0, 0, 0)
    assert np.isnan(figures["old of retrain"])


def test_who_forgets_what_lies_behind_and_who_learns_everything_anew(slices):
    result = run(slices, [Learner("forget", FORGET["forget"]), RETRAIN])
    assert np.array_equal(result["forget"].scores[1:, :1], np.zeros((N - 1, 1)))
    figures = result.figures("forget")
    assert (figures["old"], figures["average"], figures["old of retrain"]) == (0, 1 / N, 0)
    assert (figures["backward"], figures["forgetting"], figures["intransigence"]) == (-1, 1, 0)
    assert result.figures("retrain")["old of retrain"] == 1
    assert result.figures("no update")["intransigence"] == 1


def test_the_midst_of_updates(slices):
    """Each portion is a fifth of a slice: whoever forgets has a fifth of the old slice's scores nowhere."""
    seen = []

    def learn(version, new, old):
        seen.append((len(version), new.n_tokens, old.n_tokens))
        return keys_of(new)

    course = run(slices, {"forget": learn}, portions=5)["forget"]
    assert course.learning.tolist() == [0, *[1] * 5, *[2] * 5, *[3] * 5]
    assert seen[:6] == [(10, 2, 10), (2, 2, 12), (2, 2, 14), (2, 2, 16), (10, 10, 10), (10, 2, 20)]
    assert np.isnan(course.curve[1, 1:]).all()
    assert course.moments[:7] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
    assert len(run(slices, FORGET, portions=1)["forget"].curve) == N
    # one that starts anew has no midst
    assert len(run(slices, [RETRAIN])["retrain"].curve) == N


def test_what_an_update_says_of_itself(slices):
    def learn(version, new, old):
        return Update(version | keys_of(new), "ours", 1.0, 5, figures={"untouched overlap@10": 0.75})

    course = run(slices, {"ours": learn})["ours"]
    assert course.overlap.tolist() == [0.75] * (N - 1)
    assert (course.seconds >= 0).all()
    assert np.isnan(run(slices, KEEP)["keep"].overlap).all()


def test_graphs_are_learnt_beside_the_one_before():
    graphs = [Graph.from_edges(["a", "b"], ["b", f"c{i}"]) for i in range(3)]
    asked = []

    def learn(version, new, old):
        asked.append((graphs.index(new), graphs.index(old)))
        return version + 1

    slices = [StreamSlice(str(i), graph, None) for i, graph in enumerate(graphs)]
    result = evaluate_stream(slices, 0, {"count": learn}, score=lambda version, held: float(version), verbose=False)
    assert asked == [(1, 0), (2, 1)]
    assert result["count"].scores[2].tolist() == [2, 2, 2]


def test_our_strategies_on_a_stream_that_changes():
    """Walks around a ring of thirty items, then around another one; who freezes what it knew loses no neighbour."""
    random = np.random.default_rng(0)
    lists = [[f"i{(random.integers(30) + n) % 30 + 30 * (i >= 120)}" for n in range(12)] for i in range(160)]
    found = Sequences.from_lists(lists)
    timed = Sequences(found.vocabulary, found.tokens, found.offsets, times=np.arange(found.n_tokens) * 10**6)
    slices = slices_by_time(timed, slices=4)
    estimator = ItemEmbedding(vector_size=8, epochs=3, verbose=False)
    learners = ["retrain", Learner.of("freeze", alpha=0.05), "settle", "replay+lwf"]
    results = [evaluate_stream(slices, estimator, learners, portions=2, verbose=False) for _ in range(2)]
    assert results[0].names == ("no update", "retrain", "freeze", "settle", "replay+lwf")
    for name in results[0].names:
        first, second = (one[name] for one in results)
        assert np.array_equal(first.scores, second.scores, equal_nan=True)
        assert np.array_equal(first.scores[0], results[0]["no update"].scores[0])
    # the last slice has another ring, whose items nothing else has learnt
    assert (results[0]["no update"].scores[-1, -1], results[0]["retrain"].scores[-1, -1] > 0.1) == (0, True)
    assert results[0]["freeze"].overlap[-1] == 1
    assert results[0]["freeze"].nbytes[-1] > results[0]["no update"].nbytes[-1]
    assert results[0].figures("retrain")["seconds of retrain"] == 1


class Page(HTMLParser):
    """Counts what is in a page, and refuses a tag that is left open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_page_without_links(slices, tmp_path):
    result = run(slices, [Learner("<keep> & more", KEEP["keep"]), RETRAIN])
    result.report(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert (page.open, page.links) == ([], [])
    assert page.seen.count("svg") == 4 + len(result.names)
    assert page.seen.count("tr") == 1 + len(result.names)
    assert "&lt;keep&gt; &amp; more" in text
    assert "<keep>" not in text


def test_the_result_as_a_table_and_as_json(slices):
    result = run(slices, [Learner("keep", KEEP["keep"]), RETRAIN])
    lines = str(result).splitlines()
    assert [line.split("  ")[0] for line in lines[:4]] == ["learner", "no update", "keep", "retrain"]
    assert lines[4] == "4 slices, from day 0 to day 3; scores are NDCG@10"
    content = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert [one["learner"] for one in content["courses"]] == list(result.names)
    assert content["courses"][1]["scores"][1] == [1, 1, 0, None]
    with pytest.raises(UnknownKey, match="keep"):
        result["kept"]


@pytest.mark.parametrize(
    ("learners", "options", "message"),
    [
        ({}, {}, r"learners are \[\]; expected at least one"),
        ([RETRAIN, RETRAIN], {}, "each name once"),
        ({"no update": KEEP["keep"]}, {}, "'no update' is taken"),
        (["replay+replay"], {}, "each once"),
        (KEEP, {"portions": 0}, "portions is 0; expected a whole number"),
    ],
)
def test_what_is_no_comparison(slices, learners, options, message):
    with pytest.raises(BadInput, match=message):
        run(slices, learners, **options)


def test_one_slice_is_no_stream(slices):
    with pytest.raises(BadInput, match="1 slices; expected two or more"):
        run(slices[:1], KEEP)
