"""Settings to begin with and to compare with: the defaults for text, the preset for behaviour, those given."""

from __future__ import annotations

from typing import Any

from nearfield.embed import ItemEmbedding, Word2Vec
from nearfield.errors import BadInput
from nearfield.tune.space import Options, Range

Settings = dict[str, Any]

PRESET_QUERY: Settings = {"last": 5, "decay": 0.8}
PLAIN_QUERY: Settings = {"last": None, "decay": 1.0}  # the mean of all

# the first four decide how well behaviour is foretold (Caselles-Dupré et al. 2018, arXiv:1804.04212): wide ranges
ITEM_SPACE: dict[str, Options] = {
    "ns_exponent": Range(-1.0, 1.0),
    "window": Range(1, 30, log=True),
    "sample": Range(1e-5, 1e-1, log=True),
    "epochs": Range(5, 60, log=True),
    "alpha": Range(0.01, 0.1, log=True),
    "negative": Range(3, 30, log=True),
    "vector_size": [32, 64, 128],
    "last": [1, 2, 3, 5, 10, 20, None],
    "decay": Range(0.5, 1.0),
}
LEARNING = (
    "direction",
    "window",
    "vector_size",
    "sample",
    "negative",
    "ns_exponent",
    "alpha",
    "min_alpha",
    "epochs",
)


def default_space(estimator: Any) -> dict[str, Options]:
    """Return where an estimator is searched if nothing is said; there is such a space for `Word2Vec` and its kin."""
    if not isinstance(estimator, Word2Vec):
        raise BadInput(f"{type(estimator).__name__} has no space of its own; name one: space={{'parameter': Range(…)}}")
    return ITEM_SPACE


def given_settings(estimator: Any) -> Settings:
    """Return an estimator's own parameters, with the query that the preset asks with where it learns vectors."""
    return estimator.get_params() | (PRESET_QUERY if isinstance(estimator, Word2Vec) else {})


def known_settings(estimator: Any) -> dict[str, Settings]:
    """Return the settings that need no search, by name.

    "default" is Word2Vec's for text, asked with the plain mean of the history, as item2vec (Barkan & Koenigstein 2016)
    has it; "preset" is ItemEmbedding's. Of an estimator of another kind there are its defaults alone. "given" is the
    estimator as it is, where that is neither. What has no part in learning, such as the number of threads, is always as
    given.
    """
    given = given_settings(estimator)
    if isinstance(estimator, Word2Vec):
        text, behaviour = (_learning(of) for of in (Word2Vec(), ItemEmbedding()))
        known = {"default": given | text | PLAIN_QUERY, "preset": given | behaviour}
    else:
        known = {"default": type(estimator)().get_params()}
    return known if given in known.values() else known | {"given": given}


def _learning(estimator: Word2Vec) -> Settings:
    return {name: getattr(estimator, name) for name in LEARNING}
