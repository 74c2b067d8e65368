"""Word2Vec: skip-gram and CBOW (Mikolov et al. 2013, arXiv:1301.3781 and arXiv:1310.4546)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.embed.checkpoint import Checkpoint
from nearfield.embed.corpus import Corpus, SequenceCorpus
from nearfield.embed.huffman import HuffmanTree
from nearfield.embed.model import compact
from nearfield.errors import BadInput
from nearfield.parameters import (
    AtLeast,
    Epochs,
    Example,
    FilePath,
    LearningRate,
    Negative,
    NoiseExponent,
    NotNegative,
    Seed,
    VectorSize,
    Window,
    Workers,
    check_rates,
)
from nearfield.reading import kept
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.extras import SessionExtras
    from nearfield.embed.run import Run
    from nearfield.embed.slots import ItemSlots
    from nearfield.vocabulary import Vocabulary

Architecture = Literal["skipgram", "cbow"]
Direction = Literal["both", "forward"]


class Word2Vec(Estimator):
    """Word vectors from the company that words keep; for any keys in sequences, not only words.

    Parameters
    ----------
    architecture : {"skipgram", "cbow"}
        Whether each context word by itself, or all of them together, tell the centre word.
    loss : {"negative", "hierarchical", "softmax"}
        Negative sampling; a Huffman tree; or the full softmax over all keys, exact and as slow as it sounds: the other
        two approximate it. Up to some 20,000 keys it is bearable.
    vector_size : int
        Dimensions.
    window : int
        The furthest context word; the reach of each centre is drawn from 1 … window.
    direction : {"both", "forward"}
        "forward": only what came before predicts what comes next.
    min_count : int
        Keys seen less often in the sequences are left out of training and of the vectors. 1, because `read_text` has
        taken rare words out already.
    sample : float or None
        Frequent tokens are dropped so that shares above this become rarer (see `distributions.survival`); 0: none is.
    negative : int
        Samples a centre, for `loss="negative"`.
    ns_exponent : float
        The noise distribution is count^ns_exponent: 1 as the tokens, 0 uniform, below 0 the rare ones more.
    cbow_mean : bool
        CBOW's hidden layer is the mean (True) or the sum of the context.
    alpha, min_alpha : float
        The learning rate falls linearly from one to the other.
    epochs : int
        Passes over the sequences.
    workers : int or None
        Threads; None: all cores that this process may use. With 1 and a seed a run is repeated bit for bit; several
        write to the same tables without locks (Hogwild), and no two runs are quite the same.
    seed : int
        For the start and for all draws.
    checkpoint : path or None
        A folder to save the state of training to, every `checkpoint_minutes` and at the end.
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        Input rows, counts, and output rows, or for "hierarchical" those of the tree's inner nodes.
    losses_ : list of float
        The mean loss of each epoch, sampled: per context word (skip-gram) or centre word (CBOW).
    tree_ : HuffmanTree, nodes_ : ndarray of float32, shape (n - 1, vector_size)
        For "hierarchical": the tree that the keys and counts of `vectors_` make, and `vectors_.nodes`.
    """

    architecture: Architecture = "skipgram"
    loss: Literal["negative", "hierarchical", "softmax"] = "negative"
    vector_size: VectorSize = 100
    window: Window = 5
    direction: Direction = "both"
    min_count: Annotated[int, AtLeast(1)] = 1
    sample: Annotated[float | None, AtLeast(0), Example("1e-3")] = 1e-3
    negative: Negative = 5
    ns_exponent: NoiseExponent = 0.75
    cbow_mean: bool = True
    alpha: LearningRate = 0.025
    min_alpha: LearningRate = 0.0001
    epochs: Epochs = 5
    workers: Workers = None
    seed: Seed = 1
    checkpoint: FilePath | None = None
    checkpoint_minutes: NotNegative = 10.0
    verbose: bool = True

    UNIT: ClassVar[str] = "words"  # what the sequences are made of, for whoever waits

    def fit(self, sequences: Sequences | Iterable[Iterable[str]], *, resume: bool = False) -> Self:
        """Learn from sequences, or from lists of keys.

        Parameters
        ----------
        sequences : Sequences, or iterable of lists of str
            Where the sequences have weights, a token's weight multiplies the learning rate of what it is foretold by.
        resume : bool
            Go on from `checkpoint` if it holds a run with the same parameters over the same sequences. A run that was
            killed and resumed ends as one that was not, bit for bit if it has one worker.

        Raises
        ------
        BadInput
            A parameter out of range, sequences that leave fewer than two keys, a checkpoint of another run.
        KeyboardInterrupt
            On Ctrl-C, after the blocks in work: `vectors_` holds what has been learnt so far.
        """
        self._check_parameters()
        if not isinstance(sequences, Sequences):
            sequences = Sequences.from_lists(sequences)
        return self._fit(SequenceCorpus(sequences), self._count_keys(sequences), resume=resume)

    def _fit(
        self,
        corpus: Corpus,
        n_keys: int,
        extras: SessionExtras | None = None,
        slots: ItemSlots | None = None,
        *,
        resume: bool = False,
    ) -> Self:
        """Train with checked parameters on a checked corpus."""
        if resume and self.checkpoint is None:
            raise BadInput("resume without a checkpoint; name its folder: checkpoint=…")
        from nearfield.embed.effect import check_effect
        from nearfield.embed.run import Run, compile_kernels  # brings Numba, which takes a while

        compile_kernels(verbose=self.verbose, kind="plain" if slots is None else "side")
        run = Run(self, corpus, n_keys, extras, slots)
        checkpoint = None
        if self.checkpoint is not None:
            content = corpus.fingerprint() | (extras.fingerprint() if extras else {})
            checkpoint = Checkpoint(self.checkpoint, self._settings() | content)
        try:
            run.train(checkpoint, resume=resume)
        except BaseException:  # Ctrl-C, or a disk that is full: what was trained so far is there
            self._keep(run, corpus.vocabulary)
            raise
        check_effect(run, corpus)
        self._keep(run, corpus.vocabulary)
        return self

    def predict(self, context: Iterable[str], k: int = 10) -> list[tuple[str, float]]:
        """Return the k likeliest centre words for a context, with their probabilities; see `language_model`."""
        from nearfield.embed.language_model import predict

        self._check_parameters()
        return predict(self, context, k)

    def score(self, sequences: Sequences | Iterable[Iterable[str]]) -> np.ndarray:
        """Return the log-likelihood of each sequence, float64, shape (n,); see `language_model`."""
        from nearfield.embed.language_model import score

        self._check_parameters()
        return score(self, sequences)

    @property
    def reach(self) -> float:
        """How many context words a centre has on average."""
        return (self.window + 1) / 2 * (1 if self.direction == "forward" else 2)

    def _keep(self, run: Run, vocabulary: Vocabulary) -> None:
        """Turn what the run has learnt into the attributes that end in `_`; the run's tables are used up."""
        if not all(np.isfinite(table).all() for table in (run.model.input, run.model.output)):
            raise BadInput(
                f"training diverged with alpha={self.alpha:g}: numbers grew beyond float32;"
                " lower alpha, and weights far above 1 if there are any"
            )
        input_rows = compact(run.model.input, self.vector_size)
        output_rows = compact(run.model.output, self.vector_size)
        hierarchical = self.loss == "hierarchical"
        if hierarchical:
            self.tree_: HuffmanTree = run.tree
        n_keys = len(run.counts)
        self.losses_ = run.losses()
        self.vectors_ = Vectors(
            vocabulary.keys[:n_keys],
            input_rows[:n_keys],
            None if hierarchical else output_rows,
            counts=vocabulary.counts[:n_keys],
            metadata={"trained": {"estimator": type(self).__name__} | self._settings() | run.summary()}
            | kept(run.reading),
            nodes=output_rows if hierarchical else None,
        )

    @property
    def nodes_(self) -> np.ndarray:
        """The rows of the tree's inner nodes, float32, shape (n - 1, vector_size); `NotFitted` where there are none."""
        nodes = self.vectors_.nodes
        if nodes is None:
            raise AttributeError  # what `Estimator` answers with `NotFitted`
        return nodes

    def _settings(self) -> dict[str, Any]:
        """The parameters that decide what is learnt."""
        aside = {"checkpoint", "checkpoint_minutes", "verbose"}
        return {name: value for name, value in self.get_params().items() if name not in aside}

    def _count_keys(self, sequences: Sequences) -> int:
        """How many of the vocabulary's keys, the most frequent first, are trained."""
        counts = sequences.vocabulary.counts
        if not sequences.vocabulary.ordered:
            raise BadInput("the keys are not in the order of their counts; build the sequences anew, or call nf.update")
        n_keys = int(np.count_nonzero(counts >= self.min_count))
        if n_keys < 2:
            most = f"; the most frequent is seen {counts[0]:,} times" if len(counts) else ""
            raise BadInput(
                f"{n_keys} of {len(counts):,} keys are seen at least min_count={self.min_count} times{most}; expected"
                " two keys or more: lower min_count or give more data"
            )
        return n_keys

    def _check_combination(self) -> None:
        check_rates(self.alpha, self.min_alpha)
