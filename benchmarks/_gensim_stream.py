"""gensim's Word2Vec as a learner of a stream: `build_vocab(update=True)`, then training on."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from nearfield.sequences import Sequences
from nearfield.update.stability import figures_of
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from gensim.models import Word2Vec as GensimWord2Vec

    from nearfield.update.report import Update


SAME = (
    *("vector_size", "window", "negative", "ns_exponent", "sample", "alpha", "min_alpha", "min_count", "epochs"),
    "seed",
)


class Fitted(Vectors):
    """What gensim has learnt, as Vectors, with the model to go on from."""

    def __init__(self, model: GensimWord2Vec) -> None:
        super().__init__(model.wv.index_to_key, model.wv.vectors.copy(), model.syn1neg.copy())
        self.model = model


class Gensim:
    """An estimator with the settings of ours, as far as gensim has them; its windows reach both ways."""

    def __init__(self, ours: Any) -> None:
        self.settings = {name: getattr(ours, name) for name in SAME} | {"sg": 1, "workers": 1}

    def fit(self, sequences: Sequences) -> Gensim:
        from gensim.models import Word2Vec

        self.vectors_ = Fitted(Word2Vec(_lists(sequences), **self.settings))
        return self

    def update(self, version: Fitted, new: Sequences, old: Sequences) -> Update:
        """What gensim's documentation says: build the vocabulary on, then train on, with the rates of a fit."""
        from nearfield.update.report import Update

        model = copy.deepcopy(version.model)  # gensim changes what it is given
        started = time.perf_counter()
        lists = _lists(new)
        model.build_vocab(lists, update=True)
        model.train(lists, total_examples=model.corpus_count, epochs=model.epochs)
        seconds = time.perf_counter() - started
        found = Fitted(model)
        return Update(found, "gensim", seconds, new.n_tokens, figures=figures_of(version, found, new.vocabulary.keys))


def _lists(sequences: Sequences) -> list[list[str]]:
    return [sequences.keys(i) for i in range(len(sequences))]
