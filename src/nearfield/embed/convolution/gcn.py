"""GCN: nodes by their features, those of their neighbours, and a few labels (Kipf & Welling 2017, arXiv:1609.02907)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np

from nearfield.embed.convolution.checks import classes_of, features_of, require_deep
from nearfield.embed.convolution.epochs import History, run_epochs
from nearfield.embed.convolution.storage import SavedEstimator
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.parameters import Above, AtLeast, Epochs, Example, Seed, Share, VectorSize, Workers
from nearfield.reading import kept
from nearfield.vectors import Vectors
from nearfield.vocabulary import as_list

if TYPE_CHECKING:
    import scipy.sparse

    from nearfield.embed.convolution.gcn_network import Training


class GCN(SavedEstimator):
    """Classes of nodes from the features of all and the labels of some, by two layers of graph convolution.

    Every node has one class. Edges count in both directions and by their weight; self-loops are replaced by the one
    that the method gives each node. The defaults are the paper's (section 5.2).

    Parameters
    ----------
    vector_size : int
        Units of the hidden layer.
    dropout : float
        The share of inputs to each layer that is left out in a step.
    weight_decay : float
        Of the first layer.
    normalize : bool
        Divide each node's features by their sum.
    alpha : float
        Adam's learning rate.
    epochs : int
        Steps at most; each sees all nodes.
    patience : int
        Stop when the loss of the validation nodes is above its mean over so many epochs before.
    workers : int or None
        Threads; None: as many as PyTorch takes. With 1 and a seed a run is repeated bit for bit. Steps are short: where
        other work runs beside, threads that wait for each other are many times slower than one.
    seed : int
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        The hidden layer's output for each node, after its ReLU, without dropout.
    label_names_ : tuple of str
    probabilities_ : ndarray of float32, shape (n, n_labels)
        Of each node's classes; rows as in the graph, columns as in `label_names_`.
    losses_, validation_losses_ : list of float
        Cross-entropy and weight decay, after each epoch.
    weights_ : dict of str to ndarray of float32
        Of the two layers, by PyTorch's names.
    """

    LISTS = ("losses_", "validation_losses_", "label_names_")
    ARRAYS = ("probabilities_",)

    vector_size: VectorSize = 16
    dropout: Annotated[float, Share()] = 0.5
    weight_decay: Annotated[float, AtLeast(0), Example("5e-4")] = 5e-4
    normalize: bool = True
    alpha: Annotated[float, Above(0, most=1e6)] = 0.01
    epochs: Epochs = 200
    patience: Annotated[int, AtLeast(1)] = 10
    workers: Workers = 1
    seed: Seed = 1
    verbose: bool = True

    def fit(self, graph: Graph, *, train: Iterable[str] | None = None, validation: Iterable[str] | None = None) -> Self:
        """Learn from a graph with features and labels.

        Parameters
        ----------
        graph : Graph
        train : keys, optional
            The nodes whose labels are learnt from; without them all that have one and are not for validation.
        validation : keys, optional
            Nodes whose labels tell when to stop.

        Raises
        ------
        BadInput
            A parameter out of range; a graph without features or labels; nodes without a label or with several; nodes
            that are for both purposes; nothing but one class.
        UnknownKey
        MissingExtra
            PyTorch or PyTorch Geometric is not installed.
        KeyboardInterrupt
            On Ctrl-C; what has been learnt so far is kept.
        """
        self._check_parameters()
        features = features_of(graph, normalize=self.normalize)
        chosen = _chosen(graph, train, validation)
        require_deep()
        from nearfield.embed.convolution.backend import to_tensor
        from nearfield.embed.convolution.gcn_network import Training
        from nearfield.pytorch import repeatable

        with repeatable(self.seed, self.workers):
            adjacency = to_tensor(without_loops(graph))
            training = Training(to_tensor(features), adjacency, *chosen, len(graph.label_names), self)
            history = run_epochs(training.epoch, self.epochs, verbose=self.verbose, enough=training.enough)
            self._keep(graph, training, history)
        if history.interrupted:
            raise KeyboardInterrupt
        return self

    def predict(self, keys: Iterable[str] | None = None, *, graph: Graph | None = None) -> list[str]:
        """Return the likeliest label of nodes; see `predict_proba`."""
        return [self.label_names_[i] for i in self.predict_proba(keys, graph=graph).argmax(axis=1).tolist()]

    def predict_proba(self, keys: Iterable[str] | None = None, *, graph: Graph | None = None) -> np.ndarray:
        """Return the probabilities of labels.

        Parameters
        ----------
        keys : keys, optional
            Without it all nodes.
        graph : Graph, optional
            Theirs; without it the one learnt from. A node's row depends on what is two steps away at most.

        Returns
        -------
        ndarray of float32, shape (k, n_labels)

        Raises
        ------
        UnknownKey
        BadInput, MissingExtra
            As `transform`.
        """
        of_all = self.probabilities_ if graph is None else self._apply(graph)[1]
        if keys is None:
            return of_all
        return of_all[(graph or self.vectors_).vocabulary.ids(as_list(keys))]

    def transform(self, graph: Graph) -> Vectors:
        """Return the hidden layer's output for each node of a graph, seen in training or not.

        A node's row depends on its own features and those of its neighbours, and on how many edges these have.

        Raises
        ------
        BadInput
            The graph has no features, or another number of them than the one learnt from.
        MissingExtra
            PyTorch or PyTorch Geometric is not installed.
        """
        return Vectors(graph.vocabulary, self._apply(graph)[0], metadata=self.vectors_.metadata)

    def _apply(self, graph: Graph) -> tuple[np.ndarray, np.ndarray]:
        """Return the hidden layer and the probabilities for a graph's nodes."""
        first, second = self.weights_.values()
        features = features_of(graph, normalize=self.vectors_.metadata["trained"]["normalize"])
        if features.shape[1] != first.shape[1]:
            raise BadInput(f"nodes have {features.shape[1]:,} features; expected {first.shape[1]:,}, as learnt from")
        require_deep()
        from nearfield.embed.convolution.backend import to_tensor, with_weights
        from nearfield.embed.convolution.gcn_network import Network, outputs
        from nearfield.pytorch import repeatable

        sizes = first.shape[1], first.shape[0], second.shape[0]
        network = with_weights(lambda: Network(*sizes, dropout=0.0), self.weights_)
        with repeatable(self.seed, self.workers):
            return outputs(network, to_tensor(features), to_tensor(without_loops(graph)))

    def _shapes(self, n_features: int) -> dict[str, tuple[int, ...]]:
        size, n_labels = self.vectors_.dim, len(self.label_names_)
        return {
            "first.lin.weight": (size, n_features),
            "second.lin.weight": (n_labels, size),
            "probabilities_": (len(self.vectors_), n_labels),
        }

    def _keep(self, graph: Graph, training: Training, history: History) -> None:
        from nearfield.embed.convolution.backend import weights_of
        from nearfield.embed.convolution.gcn_network import outputs

        hidden, self.probabilities_ = outputs(training.network, *training.data)
        self.weights_ = weights_of(training.network)
        self.label_names_ = graph.label_names
        self.losses_, self.validation_losses_ = history.losses, training.validation_losses
        settings = {name: value for name, value in self.get_params().items() if name != "verbose"}
        trained = {"estimator": "GCN"} | settings | history.summary()
        self.vectors_ = Vectors(graph.vocabulary, hidden, metadata={"trained": trained} | kept(graph.reading))


def without_loops(graph: Graph) -> scipy.sparse.csr_matrix:
    """Return the symmetric adjacency matrix without its diagonal; an edge that goes both ways has its larger weight."""
    matrix = graph.to_scipy().tocoo()
    matrix.data = np.where(matrix.row == matrix.col, np.float32(0), matrix.data)
    rows = matrix.tocsr()
    rows.eliminate_zeros()
    return rows.maximum(rows.T).tocsr() if graph.directed else rows


def _chosen(
    graph: Graph, train: Iterable[str] | None, validation: Iterable[str] | None
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray] | None]:
    """Return ids and classes of the nodes to learn from, and of those for validation."""
    held = None if validation is None else classes_of(graph, validation, "validation")
    ids, classes = classes_of(graph, train, "train")
    if held is not None:
        both = np.isin(ids, held[0])
        if train is not None and both.any():
            raise BadInput(f"node {graph.keys[ids[both][0]]!r} is in train and in validation; expected it in one")
        ids, classes = ids[~both], classes[~both]
    if len(np.unique(classes)) < 2:
        raise BadInput(f"the {len(ids):,} nodes to learn from have one class; expected two or more")
    return (ids, classes), held
