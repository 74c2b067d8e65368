"""LightGCN: users and items by what passes along the edges between them (He et al. 2020, arXiv:2002.02126)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Self

from nearfield.embed.convolution.checks import require_deep
from nearfield.embed.convolution.epochs import History, run_epochs
from nearfield.embed.convolution.storage import SavedEstimator
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.parameters import Above, AtLeast, Epochs, Example, Seed, VectorSize, Workers
from nearfield.reading import Reading, kept, reading_of
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.convolution.interactions import Interactions
    from nearfield.embed.convolution.lightgcn_network import Training


class LightGCN(SavedEstimator):
    """Vectors of users and items whose dot product says which items a user will like.

    The only thing that is learnt is a row for each user and item; layers take means over neighbours, and the mean of
    all layers is what is compared (section 3.1). The order of a history and how often an item stands in it play no
    part.

    Parameters
    ----------
    vector_size : int
    layers : int
        How far what is learnt passes on.
    alpha : float
        Adam's learning rate.
    weight_decay : float
        λ of equation 15: on the rows that take part in a step.
    epochs : int
        Passes over the pairs of user and item.
    batch_size : int
        Pairs a step. Every step passes all rows through all layers.
    workers : int or None
        Threads; None: as many as PyTorch takes. With 1 and a seed a run is repeated bit for bit. Steps are short: where
        other work runs beside, threads that wait for each other are many times slower than one.
    seed : int
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        Of the items. Output rows are the items' own; input rows are made so that the mean of a history stands for a
        user who had it: `vectors_.next(history)` answers for users never seen, too.
    users_ : Vectors
        Of the users, in the items' space: `vectors_.next(users_[user], exclude=history)` says what is next.
    losses_ : list of float
        The mean BPR loss of each epoch, sampled, without the decay.
    """

    TABLES = ("vectors_", "users_")

    vector_size: VectorSize = 64
    layers: Annotated[int, AtLeast(1, most=1_000)] = 3
    alpha: Annotated[float, Above(0, most=1e6)] = 0.01
    weight_decay: Annotated[float, AtLeast(0), Example("1e-4")] = 1e-4
    epochs: Epochs = 100
    batch_size: Annotated[int, AtLeast(1)] = 8192
    workers: Workers = 1
    seed: Seed = 1
    verbose: bool = True

    def fit(self, data: Sequences | Graph | Iterable[Iterable[str]], *, users: Iterable[str] | None = None) -> Self:
        """Learn from histories, or from a graph between users and items.

        Parameters
        ----------
        data : Sequences, iterable of lists of str, or Graph
        users : keys, optional
            For histories: whose each is; without it each is that of a user, named "0", "1", … For a graph: which nodes
            are users.

        Raises
        ------
        BadInput
            A parameter out of range; not one user for each history; a graph with edges between two users or two items;
            fewer than two items; everybody had everything.
        UnknownKey
            A user that is no node of the graph.
        MissingExtra
            PyTorch or PyTorch Geometric is not installed.
        KeyboardInterrupt
            On Ctrl-C; what has been learnt so far is kept.
        """
        self._check_parameters()
        from nearfield.embed.convolution.interactions import of_graph, of_sequences  # brings scipy

        if isinstance(data, Graph):
            had = of_graph(data, users)
        else:
            sequences = data if isinstance(data, Sequences) else Sequences.from_lists(data)
            had = of_sequences(sequences, users)
        if had.matrix.nnz == len(had.users) * len(had.items):
            raise BadInput("every user had every item; expected items to tell apart by who had them")
        require_deep()
        from nearfield.embed.convolution.lightgcn_network import Training
        from nearfield.pytorch import repeatable

        with repeatable(self.seed, self.workers):
            training = Training(had.matrix, self)
            history = run_epochs(training.epoch, self.epochs, verbose=self.verbose)
            self._keep(had, training, history, reading_of(data))
        if history.interrupted:
            raise KeyboardInterrupt
        return self

    def _keep(self, had: Interactions, training: Training, history: History, reading: Reading) -> None:
        settings = {name: value for name, value in self.get_params().items() if name != "verbose"}
        metadata = {"trained": {"estimator": "LightGCN"} | settings | history.summary()} | kept(reading)
        rows = training.result()
        self.losses_, self.weights_ = history.losses, {}
        self.vectors_ = Vectors(had.items, rows.histories, rows.items, metadata=metadata)
        self.users_ = Vectors(had.users, rows.users, metadata=metadata)
