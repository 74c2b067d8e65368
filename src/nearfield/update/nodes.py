"""Updates of nodes: edges that came and went.

An update of nodes is one of sequences, and has its strategies. What is new are walks that begin with a step which is
likelier now than it was, drawn in proportion to how many such steps a rebuild would make more:

    gain(v, u) = visits(v) · max(0, P_after(v, u) - P_before(v, u)),    P(v, u) = w(v, u) / Σ_k w(v, k)

A rebuild has `num_walks` walks from each node; there are as many new ones as is the share of gained steps among all of
its steps. So the cost goes with the change and not with the graph: a new edge at a hub brings a few walks, a new node
as many as all nodes had. What is replayed are walks from nodes drawn evenly, over the graph as it is now, as those of a
fit are. Walks from touched nodes only, as dynnode2vec has them (Mahdavi, Khoshraftar & An 2018, arXiv:1812.02356,
section 3), pass through these far too often.

Noise is drawn by visits, counted anew on a walk from each node: an update that has them wrong learns popularity that is
none. `benchmarks/update.py` and `benchmarks/graph_touch.py` measure what updates cost and give.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed import DeepWalk, Line, ProNE, spectral_propagation
from nearfield.embed.linked import linked_graph
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.update.graph_changes import grown_graph, touched_nodes, transition_differences
from nearfield.update.growth import Grown, in_order_of
from nearfield.update.options import Options
from nearfield.update.report import Update
from nearfield.update.sequences import HISTORY, anchors_of, done_by, history, train_on
from nearfield.update.strategies import EWC, Freeze, Replay, Retrain, Strategy, name_of
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from nearfield.embed.walk_corpus import GivenWalks

BUDGET = 1.0  # of replay, in walks for each new one
WALKS_APART = 1 << 40  # so many numbers of walks for a fit, and for each update


def update_nodes(
    vectors: Vectors,
    model: DeepWalk | Line | ProNE,
    after: Graph,
    before: Graph | None,
    strategies: Sequence[Strategy],
    options: Options,
) -> Update:
    """Bring vectors from one state of a graph to the next; see `nearfield.update.update`."""
    started = time.perf_counter()
    _check_options(options)
    after = linked_graph(after, keep=vectors.keys)
    before = None if before is None else before.without_isolated(keep=vectors.keys)
    differences = None if before is None else transition_differences(before, after)
    if any(isinstance(one, Retrain) for one in strategies):
        found, trained_on = _retrained(vectors, model, after)
    elif before is None or differences is None:
        raise BadInput("the graph that was learnt from is not given; expected it, to see what has changed: old=…")
    else:
        learner = _checked(vectors, model, before, after, strategies)
        found, trained_on = _continued(vectors, learner, before, after, differences, strategies)
    seconds = time.perf_counter() - started
    touched = [] if differences is None else touched_nodes(differences, after.keys)
    return Update.since(vectors, found, name_of(strategies), seconds, trained_on, touched)


def _retrained(vectors: Vectors, model: DeepWalk | Line | ProNE, after: Graph) -> tuple[Vectors, int]:
    """Learn from the graph anew; return the vectors, where old keys keep their ids, and what was trained on."""
    found = model.fit(after).vectors_
    if "propagated" in vectors.metadata:
        found = spectral_propagation(found, after, **vectors.metadata["propagated"])
    n = model.num_walks * len(after) * model.walk_length if isinstance(model, DeepWalk) else after.n_edges
    return in_order_of(vectors, found), n


def _continued(
    vectors: Vectors,
    model: DeepWalk,
    before: Graph,
    after: Graph,
    differences: csr_matrix,
    strategies: Sequence[Strategy],
) -> tuple[Vectors, int]:
    """Train on from the old rows; return the new vectors and the tokens of an epoch."""
    if not differences.nnz and set(after.keys) == set(vectors.keys):
        return vectors, 0
    from nearfield.embed.walk_corpus import GivenWalks, first_visits  # brings Numba, which takes a while

    walker, number = model.walker(after), len(history(vectors))
    visits = first_visits(walker)
    frozen = any(isinstance(one, Freeze) for one in strategies)
    grown = grown_graph(vectors, before, after, visits, model.seed, frozen=frozen)
    vocabulary = grown.vocabulary
    begins = _begins(differences, visits, model, strategies, np.random.default_rng([model.seed, number]))
    if not len(begins):
        return Vectors(vocabulary.keys, grown.input, grown.output, vocabulary.counts, vectors.metadata), 0
    corpus = GivenWalks(walker, begins, (1 + number) * WALKS_APART, vocabulary)
    anchors = anchors_of(_of_a_pass(strategies, model), grown, model, corpus.visits)
    run, tables = train_on(vectors, model, corpus, len(vocabulary), (grown.input, grown.output), anchors=anchors)
    _leave_alone(corpus, grown, tables)
    n_tokens = len(begins) * model.walk_length
    metadata = vectors.metadata | {HISTORY: [*history(vectors), done_by(run, strategies, grown, n_tokens)]}
    return Vectors(vocabulary.keys, *tables, vocabulary.counts, metadata), n_tokens


def _begins(
    differences: csr_matrix,
    visits: np.ndarray,
    model: DeepWalk,
    strategies: Sequence[Strategy],
    random: np.random.Generator,
) -> np.ndarray:
    """How walks begin, new ones with a gained step, replayed ones at a node: int32, shape (n_walks, 2), shuffled."""
    from nearfield.walks.kernels.edges import NOWHERE

    n = len(visits)
    steps = differences.tocoo()
    gained = (steps.data > 0) & (steps.row < n)  # nothing steps to a node that is no more
    sources, targets = steps.row[gained], steps.col[gained]
    ends = np.cumsum(visits[sources] * steps.data[gained])
    if not len(ends):
        return np.empty((0, 2), np.int32)
    n_new = int(np.ceil(model.num_walks * n * min(1.0, ends[-1] / visits.sum())))
    drawn = np.minimum(np.searchsorted(ends, random.random(n_new) * ends[-1], side="right"), len(ends) - 1)
    replay = next((one for one in strategies if isinstance(one, Replay)), None)
    budget = 0.0 if replay is None else BUDGET if replay.budget is None else replay.budget
    starts = random.integers(0, n, round(budget * n_new))
    new = np.column_stack([sources[drawn], targets[drawn]])
    old = np.column_stack([np.full(len(starts), NOWHERE), starts])
    return random.permutation(np.concatenate([new, old])).astype(np.int32)


def _of_a_pass(strategies: Sequence[Strategy], model: DeepWalk) -> list[Strategy]:
    """The strategies, with EWC's strength for counts of a single walk from each node: a fit has had `num_walks`."""
    return [
        replace(one, strength=one.strength * model.num_walks) if isinstance(one, EWC) else one for one in strategies
    ]


def _leave_alone(corpus: GivenWalks, grown: Grown, tables: tuple[np.ndarray, np.ndarray]) -> None:
    """Give nodes that no walk came by their rows back, in place: they were noise at most."""
    assert grown.output is not None
    missed = np.flatnonzero(~corpus.visited)
    for table, rows in zip(tables, (grown.input, grown.output), strict=True):
        table[missed] = rows[missed]


def _check_options(options: Options) -> None:
    for name, usual in (("grow", True), ("initial", "neighbours"), ("half_life", None), ("drop_below", 0)):
        if getattr(options, name) != usual:
            raise BadInput(
                f"{name} is {getattr(options, name)!r}; for nodes leave it out: they come and go with the graph, and"
                " start from their neighbours' mean"
            )


def _checked(
    vectors: Vectors, model: DeepWalk | Line | ProNE, before: Graph, after: Graph, strategies: Sequence[Strategy]
) -> DeepWalk:
    """Return what can train on; refuse what cannot."""
    if not isinstance(model, DeepWalk):
        raise BadInput(
            f"strategy is {name_of(strategies)!r}; {type(model).__name__} keeps no output rows to train on from:"
            " expected 'retrain'"
        )
    if before.directed != after.directed:
        raise BadInput("one of the two graphs is directed and the other is not; expected both alike")
    if model.loss != "negative" or vectors.output_table is None:
        raise BadInput(
            f"loss is {model.loss!r} and the vectors have {'no ' if vectors.output_table is None else ''}output rows;"
            " expected 'negative' and some, or strategy='retrain': a tree changes with the visits"
        )
    if vectors.counts is None:
        raise BadInput("the vectors have no counts, so that nothing says how often a node was visited; expected some")
    if len(after) < 2:
        raise BadInput(f"the graph has {len(after):,} nodes; expected 2 or more")
    if strangers := [key for key in before.keys if key not in vectors]:
        raise BadInput(f"node {strangers[0]!r} of old has no vector; expected the graph that was learnt from")
    choice = next((one.choice for one in strategies if isinstance(one, Replay)), None)
    if choice not in (None, "reservoir"):
        raise BadInput(f"replay's choice is {choice!r}, which is for sequences; walks are drawn evenly: 'reservoir'")
    return model
