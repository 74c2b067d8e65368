"""What trains an update: the estimator of the fit, with the settings of the update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from nearfield.embed import EGES, DeepWalk, ItemEmbedding, Line, Node2Vec, ProNE, Word2Vec
from nearfield.errors import BadInput
from nearfield.reading import min_count_of, reading_of
from nearfield.update.options import Options
from nearfield.update.strategies import Replay, Retrain, Settle, Strategy
from nearfield.vectors import Vectors

Learner = Word2Vec | Line | ProNE
Trained = TypeVar("Trained", bound=Word2Vec)
ESTIMATORS: dict[str, type[Learner]] = {
    one.__name__: one for one in (Word2Vec, ItemEmbedding, DeepWalk, Node2Vec, Line, ProNE)
}
# of what a fit has; settled rows may begin with all of its rate. `benchmarks/update.py` shows what they bring
ALPHA, ALPHA_SETTLED, EPOCHS, EPOCHS_SIDE = 0.2, 1.0, 0.25, 0.1
PASSES_SETTLED = 5  # at least, or as many as a fit has
BUDGET = 3.0  # of replay, in tokens for each new one; less where there are more passes than usual


def trained(content: Any, estimator: Learner | None) -> tuple[Vectors, Learner]:
    """Return the vectors, and the estimator that they were trained by or are to be trained on with."""
    fitted = isinstance(content, Learner)
    vectors = content.vectors_ if fitted else content
    if not isinstance(vectors, Vectors):
        raise BadInput(
            f"a {type(content).__name__} cannot be updated; expected Vectors, a fitted estimator or a Ranker"
        )
    if estimator is not None and isinstance(content, EGES) == isinstance(estimator, EGES):
        return _completed(vectors, estimator) if isinstance(estimator, Word2Vec) else vectors, estimator
    if estimator is not None:
        raise BadInput(
            f"a {type(content).__name__} with {type(estimator).__name__} as estimator; an EGES, and no other, is"
            " trained on by an EGES"
        )
    return vectors, content if fitted else estimator_of(vectors)


def prepared(model: Trained, vectors: Vectors, strategies: Sequence[Strategy], options: Options) -> Trained:
    """Return an estimator like `model`, with the settings of the update."""
    settings, aside = model.get_params(), {"workers": options.workers, "verbose": options.verbose, "checkpoint": None}
    settings |= {name: value for name, value in aside.items() if name in settings}
    kinds = {type(one) for one in strategies}
    if Retrain not in kinds:
        settled = Settle in kinds
        settings["alpha"] = (ALPHA_SETTLED if settled else ALPHA) * model.alpha
        settings["epochs"] = max(usual_passes(model), min(PASSES_SETTLED, model.epochs) if settled else 1)
        settings["vector_size"] = vectors.dim
    settings |= options.of_training()
    settings["min_alpha"] = min(settings["min_alpha"], settings["alpha"])
    found = type(model)(**settings)
    found._check_parameters()
    return found


def usual_passes(fit: Word2Vec) -> int:
    """Return how often an update goes through its data, where nothing settles."""
    return max(1, round((EPOCHS_SIDE if isinstance(fit, EGES) else EPOCHS) * fit.epochs))


def with_budget(strategies: Sequence[Strategy], fit: Word2Vec, model: Word2Vec) -> tuple[Strategy, ...]:
    """Return the strategies; a replay without a budget has one that costs the same however many passes there are."""
    budget = BUDGET * min(1.0, usual_passes(fit) / model.epochs)
    return tuple(
        replace(one, budget=budget) if isinstance(one, Replay) and one.budget is None else one for one in strategies
    )


def anew(model: Line | ProNE, options: Options) -> Line | ProNE:
    """Return an estimator like `model`, with those settings of the update that it has."""
    known, given = model.parameter_names(), dict[str, Any](options.of_training())
    if strangers := [name for name in given if name not in known]:
        raise BadInput(f"{strangers[0]} is given, and {type(model).__name__} has none; leave it out")
    given |= {"workers": options.workers, "verbose": options.verbose}
    return type(model)(**model.get_params() | {name: value for name, value in given.items() if name in known})


def training_of(vectors: Vectors) -> dict[str, Any]:
    """Return how vectors were trained, as their metadata say: the estimator's name and its settings; else nothing."""
    trained = vectors.metadata.get("trained")
    return trained if isinstance(trained, dict) else {}


def estimator_of(vectors: Vectors) -> Learner:
    """Return an estimator like that which the metadata of vectors name."""
    trained = training_of(vectors)
    kind = ESTIMATORS.get(str(trained.get("estimator")))
    if trained.get("estimator") == EGES.__name__:
        raise BadInput(
            "these are vectors of an EGES, without the rows that they are made of; expected the model, as"
            " nearfield.load opens what EGES.save wrote"
        )
    if kind is None:
        raise BadInput(
            f"the metadata say that the vectors were trained by {trained.get('estimator')!r}; expected"
            f" {', '.join(ESTIMATORS)}, or say how to train: estimator=nearfield.Word2Vec(…)"
        )
    settings = {name: value for name, value in trained.items() if name in kind.parameter_names()}
    if "min_count" in settings and settings["min_count"] <= min_count_of(reading_of(vectors)):
        settings["min_count"] = 1  # rare keys were dropped when the input was read, as they are from what is new
    return kind(**settings)


def _completed(vectors: Vectors, model: Word2Vec) -> Vectors:
    """Vectors of another program, with outputs or nodes of zero and counts of nothing where they have none."""
    name, n = ("nodes", max(0, len(vectors) - 1)) if model.loss == "hierarchical" else ("output", len(vectors))
    tables = {name: np.zeros((n, vectors.dim), np.float32)} | vectors.tables
    counts = np.zeros(len(vectors), np.int64) if vectors.counts is None else vectors.counts
    return Vectors(vectors.keys, counts=counts, metadata=vectors.metadata, subwords=None, **tables)
