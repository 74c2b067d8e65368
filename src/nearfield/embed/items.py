"""ItemEmbedding: items (and users) from what people did, one session or history after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np

from nearfield.embed.corpus import SequenceCorpus
from nearfield.embed.word2vec import Direction, Word2Vec
from nearfield.parameters import (
    AtLeast,
    Epochs,
    Example,
    LearningRate,
    Negative,
    NoiseExponent,
    VectorSize,
    Window,
    Workers,
)
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.run import Run
    from nearfield.vocabulary import Vocabulary


class ItemEmbedding(Word2Vec):
    """Item vectors from sessions or histories, by skip-gram or CBOW with negative sampling.

    Word2Vec's defaults are for text. Behaviour is another thing: what counts is what comes next, noise is best drawn
    more evenly than by count, and many epochs and samples pay (Caselles-Dupré et al. 2018, arXiv:1804.04212). The
    defaults here were chosen on the last item but one of four sets of histories; `benchmarks/items.py` measures them on
    the last.

    Grbovic & Cheng (KDD 2018, section 3) add what a session brings beside its items; `embed.kernels.extras` has the
    formulas and gradients. Whoever gives `goals`, `groups`, `rejected` or `users` to `fit` switches that part on.

    Parameters
    ----------
    architecture : {"skipgram", "cbow"}
        With users these are what Le & Mikolov (2014, arXiv:1405.4053) call PV-DBOW with words, and PV-DM.
    direction : {"forward", "both"}
        "forward": what came before predicts what comes next. "both": for what is alike.
    window : int
        The furthest item; the reach of each centre is drawn from 1 … window.
    vector_size, min_count, sample, negative, ns_exponent, alpha, min_alpha, epochs, seed
        As for `Word2Vec`.
    workers : int or None
        Threads; None: all cores. With 1, the default, a run is repeated bit for bit. Several write to the same rows
        without locks: little is lost on long histories, 6 % of NDCG on the short ones of a shop
        (`benchmarks/items.py`).
    group_negative : int
        With `groups`: samples from the centre's own group (equation 5), beside `negative` ones from all items.
    rejections : int
        With `rejected`: how many of a session's rejected items each of its items is held against.
    strength : float
        The share of the learning rate that rejections have.
    goal_repeats : int
        With `goals`: how often a session that led somewhere is trained on in an epoch. Airbnb took bookings five times.
    checkpoint, checkpoint_minutes, verbose
        As for `Word2Vec`.

    Attributes
    ----------
    vectors_ : Vectors
        Input rows, output rows and counts of the items: `similar` and `next` both answer.
    users_ : Vectors
        With `users`: a row for each user, in the items' space. `vectors_.next(users_[user])` says what comes next.
    losses_ : list of float
        The mean loss of each epoch, sampled.
    """

    loss: Literal["negative"] = field(default="negative", init=False)
    cbow_mean: bool = field(default=True, init=False)
    direction: Direction = "forward"
    window: Window = 10
    vector_size: VectorSize = 64
    negative: Negative = 20
    ns_exponent: NoiseExponent = 0.25
    alpha: LearningRate = 0.05
    epochs: Epochs = 20
    group_negative: Annotated[int, AtLeast(0, most=100_000)] = 5
    rejections: Annotated[int, AtLeast(0, most=100_000)] = 5
    strength: Annotated[float, AtLeast(0), Example("1.0")] = 1.0
    goal_repeats: Annotated[int, AtLeast(1, most=1_000_000)] = 1
    workers: Workers = 1

    UNIT = "items"

    def fit(  # type: ignore[override]  # a Word2Vec has sequences only
        self,
        sequences: Sequences | Iterable[Iterable[str]],
        *,
        users: Sequence[str] | None = None,
        goals: Sequence[str | None] | None = None,
        groups: Mapping[str, str] | None = None,
        rejected: Sequence[Iterable[str]] | None = None,
        resume: bool = False,
    ) -> Self:
        """Learn from sequences, or from lists of items, the oldest first.

        Parameters
        ----------
        sequences : Sequences, or iterable of lists of str
            n sessions or histories. Where they have weights, an item's weight multiplies the learning rate of what it
            is foretold by.
        users : n keys, optional
            Whose sequence each is: every user gets a vector, which stands in each window of the user's sequences.
        goals : n keys or None, optional
            What each sequence led to, such as the item booked or bought: every item of the sequence foretells it.
        groups : mapping of item to group, optional
            Such as the market or category: negative samples are also drawn from the item's own group.
        rejected : n lists of keys, optional
            What was shown and refused in each sequence: its items are pushed away from it.
        resume : bool
            As for `Word2Vec`.

        Raises
        ------
        BadInput
            A parameter out of range; lists that are not one for each sequence; fewer than two items.
        """
        self._check_parameters()
        if not isinstance(sequences, Sequences):
            sequences = Sequences.from_lists(sequences)
        n_keys = self._count_keys(sequences)
        if goals is not None and self.goal_repeats > 1 and len(goals) == len(sequences):
            order = [i for i, goal in enumerate(goals) for _ in range(1 if goal is None else self.goal_repeats)]
            sequences, goals = sequences.take(np.array(order)), [goals[i] for i in order]
            users = None if users is None else [users[i] for i in order]
            rejected = None if rejected is None else [rejected[i] for i in order]
        if users is None and goals is None and groups is None and rejected is None:
            return self._fit(SequenceCorpus(sequences), n_keys, resume=resume)
        from nearfield.embed.extras import SessionExtras  # brings Numba, which takes a while

        extras = SessionExtras(
            sequences.vocabulary,
            n_keys,
            len(sequences),
            users=users,
            goals=goals,
            groups=groups,
            rejected=rejected,
            group_negative=self.group_negative,
            rejections=self.rejections,
            strength=self.strength,
        )
        return self._fit(SequenceCorpus(sequences), n_keys, extras, resume=resume)

    def _keep(self, run: Run, vocabulary: Vocabulary) -> None:
        users = run.extras.users if run.extras else []
        # before the run's tables are used up
        rows = np.array(run.model.input[len(run.counts) :, : self.vector_size])
        super()._keep(run, vocabulary)
        if users:
            self.users_ = Vectors(users, rows, metadata=self.vectors_.metadata)
