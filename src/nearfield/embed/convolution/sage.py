"""GraphSAGE: a function from features and neighbours to vectors (Hamilton et al. 2017, arXiv:1706.02216)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from nearfield.embed.convolution.checks import features_of, require_deep
from nearfield.embed.convolution.epochs import History, run_epochs
from nearfield.embed.convolution.storage import SavedEstimator
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.parameters import (
    Above,
    AtLeast,
    Epochs,
    Example,
    Negative,
    NoiseExponent,
    NotEmpty,
    Seed,
    VectorSize,
    Workers,
)
from nearfield.reading import kept
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.convolution.sage_network import Network

NeighbourCounts = Annotated[tuple[Annotated[int, AtLeast(1, most=100_000)], ...], NotEmpty(), Example("(25, 10)")]


class GraphSAGE(SavedEstimator):
    """Vectors of nodes from their features and those around them; also of nodes that come later.

    What is learnt is how to join features, without any labels: nodes that short walks connect get vectors that are
    alike (equation 1). `transform` applies it to any graph with such features. The mean aggregator is used; edges have
    no say in it by their weight, only in where walks go. In a directed graph neighbours are where edges go to. The
    defaults were chosen on the validation papers of Cora; `benchmarks/graph_convolution.py` measures them on others.

    Parameters
    ----------
    vector_size : int
        Of each layer.
    neighbours : tuple of int
        How many are drawn for each node in training, from the first layer to the last; as many layers.
    walk_length : int
        Nodes of a walk; its start is held against one of the others, drawn anew in each epoch.
    negative : int
        Nodes that a batch is pushed away from.
    ns_exponent : float
        They are drawn by degree to this power.
    normalize : bool
        Divide each node's features by their sum.
    alpha : float
        Adam's learning rate.
    weight_decay : float
    epochs : int
        Walks from each node.
    batch_size : int
        Walks a step.
    workers : int or None
        Threads; None: as many as PyTorch takes. With 1 and a seed a run is repeated bit for bit. Steps are short: where
        other work runs beside, threads that wait for each other are many times slower than one.
    seed : int
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        Of the nodes learnt from, of length 1, over whole neighbourhoods: `transform(graph)`.
    losses_ : list of float
        Of each epoch, sampled.
    weights_ : dict of str to ndarray of float32
        Of the layers, by PyTorch's names.
    """

    vector_size: VectorSize = 256
    neighbours: NeighbourCounts = (25, 10)
    walk_length: Annotated[int, AtLeast(2, most=1_000_000)] = 10
    negative: Negative = 5
    ns_exponent: NoiseExponent = 0.75
    normalize: bool = True
    alpha: Annotated[float, Above(0, most=1e6)] = 0.001
    weight_decay: Annotated[float, AtLeast(0), Example("5e-4")] = 0.0
    epochs: Epochs = 10
    batch_size: Annotated[int, AtLeast(1)] = 256
    workers: Workers = 1
    seed: Seed = 1
    verbose: bool = True

    def fit(self, graph: Graph) -> Self:
        """Learn from a graph with features.

        Raises
        ------
        BadInput
            A parameter out of range; a graph without features or without edges.
        MissingExtra
            PyTorch or PyTorch Geometric is not installed.
        KeyboardInterrupt
            On Ctrl-C; what has been learnt so far is kept.
        """
        self._check_parameters()
        features = features_of(graph, normalize=self.normalize)
        if not len(graph.indices):
            raise BadInput("the graph has no edges; expected some to walk along")
        require_deep()
        from nearfield.embed.convolution.sage_network import Training
        from nearfield.pytorch import repeatable

        with repeatable(self.seed, self.workers):
            training = Training(graph, features, self)
            history = run_epochs(training.epoch, self.epochs, verbose=self.verbose)
            self._keep(training.network, features, graph, history)
        if history.interrupted:
            raise KeyboardInterrupt
        return self

    def transform(self, graph: Graph) -> Vectors:
        """Return a vector of length 1 for each node of a graph, seen in training or not.

        It depends on the features of the node and of those up to as many steps away as there are layers, and on
        nothing else: neither on keys nor on what other nodes there are.

        Raises
        ------
        BadInput
            The graph has no features, or another number of them than the one learnt from.
        MissingExtra
            PyTorch or PyTorch Geometric is not installed.
        """
        weights, settings = self.weights_, self.vectors_.metadata["trained"]
        features = features_of(graph, normalize=settings["normalize"])
        n_features = next(iter(weights.values())).shape[1]
        if features.shape[1] != n_features:
            raise BadInput(f"nodes have {features.shape[1]:,} features; expected {n_features:,}, as learnt from")
        require_deep()
        return self._vectors(graph, features, settings)

    @property
    def network_(self) -> Network:
        """The layers with what they have learnt, as a module of PyTorch."""
        from nearfield.embed.convolution.backend import with_weights
        from nearfield.embed.convolution.sage_network import Network

        n_layers = sum(name.endswith("bias") for name in self.weights_)
        vector_size, n_features = next(iter(self.weights_.values())).shape
        return with_weights(lambda: Network(n_features, vector_size, n_layers), self.weights_)

    def _shapes(self, n_features: int) -> dict[str, tuple[int, ...]]:
        size = self.vectors_.dim
        widths = [n_features, *[size] * (len(self.neighbours) - 1)]
        parts = {"lin_l.weight": True, "lin_l.bias": False, "lin_r.weight": True}
        return {
            f"layers.{number}.{part}": (size, width) if square else (size,)
            for number, width in enumerate(widths)
            for part, square in parts.items()
        }

    def _keep(self, network: Network, features: Any, graph: Graph, history: History) -> None:
        from nearfield.embed.convolution.backend import weights_of

        self.weights_, self.losses_ = weights_of(network), history.losses
        settings = {name: value for name, value in self.get_params().items() if name != "verbose"}
        self.vectors_ = self._vectors(graph, features, {"estimator": "GraphSAGE"} | settings | history.summary())

    def _vectors(self, graph: Graph, features: Any, trained: dict[str, Any]) -> Vectors:
        metadata = {"trained": trained} | kept(graph.reading)
        return Vectors(graph.vocabulary, self.network_.vectors(graph, features), metadata=metadata)
