"""DeepRanker: what Wide & Deep, DeepFM and DCN-V2 do alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np

from nearfield.errors import import_extra
from nearfield.examples import Examples, FeatureSpace
from nearfield.parameters import AtLeast, Example, LearningRate, NotNegative, Share, VectorSize
from nearfield.rank.deep.layout import layout_of
from nearfield.rank.deep.pretrained import Pretrained, pretrained_rows
from nearfield.rank.ranker import Ranker
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.rank.deep.gradient_flow import LayerFlow

LayerSizes = Annotated[tuple[Annotated[int, AtLeast(1, most=65_536)], ...], Example("(128, 64)")]
Activation = Literal["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]
Start = Mapping[str, Vectors]


class DeepRanker(Ranker):
    """Base of the rankers with layers: an embedding for each feature, a vector for each field, layers over these.

    A field's vector is the mean over its entries of value · embedding; a history may be pooled otherwise. Parameters
    that all have:

    loss : {"logistic", "squared", "pairwise", "lambdarank"}
        For classes, for values, and for the order within groups; see `Ranker`. A batch has whole groups.
    vector_size : int
        Numbers of an embedding.
    hidden_layer_sizes : tuple of int
        Units of the dense layers, the first first; (): without them.
    activation : {"sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"}
    dropout : float
        The share of units of each dense layer that is left out in a step.
    optimizer : {"adagrad", "adam"}
    alpha : float
        Its learning rate.
    l2 : float
        The pull at embeddings, of those features that a batch touches. Without one ids are learnt by heart; 0 may be
        better where features are few and frequent (`docs/studies/embedding_pull`).
    batch_size : int
        Rows a step.
    histories : dict of str to str, optional
        A field with what came before → the field with the candidate. They share embeddings: "seen=42" has that of
        "item=42" (without names, feature 42 that of feature 42). The order of the entries is that of time.
    pooling : {"mean", "attention", "gru", "lstm"}
        What makes one vector of a history. Measure whether another than the mean pays: on MovieLens 100k none clearly
        does (`docs/studies/histories`).
    history_length : int
        Entries of a history that a pooling other than the mean sees: the last ones.
    frozen_epochs : int
        Passes, each `partial_fit` being one, in which embeddings that started from vectors stay as they are.
    pretrained_rate : float
        Their rate afterwards, in rates of the others.
    epochs : int
        Passes over the rows at most; see `fit`.
    validation_fraction : float
        See `fit`.
    patience : int
        Passes in a row that rows put aside may be told worse before training stops.
    device : str, optional
        Where PyTorch computes: "cpu", "cuda"; None: on a GPU if there is one.
    workers : int
        Threads. With 1, on the CPU, a run is repeated bit for bit.
    seed : int

    Learnt: `losses_`, `validation_losses_`, list of float, of each pass; `embeddings_`, `pretrained_`.
    """

    TABLES: ClassVar[tuple[str, ...]] = ("learner_",)

    _start: Pretrained | None = field(default=None, init=False)

    vector_size: VectorSize = 16
    hidden_layer_sizes: LayerSizes = (128, 64)
    activation: Activation = "relu"
    dropout: Annotated[float, Share()] = 0.0
    optimizer: Literal["adagrad", "adam"] = "adam"
    alpha: LearningRate = 0.001
    l2: NotNegative = 0.03
    batch_size: Annotated[int, AtLeast(1)] = 256
    histories: Mapping[str, str] | None = None
    pooling: Literal["mean", "attention", "gru", "lstm"] = "mean"
    history_length: Annotated[int, AtLeast(1)] = 50
    frozen_epochs: Annotated[int, AtLeast(0)] = 0
    pretrained_rate: NotNegative = 0.1
    patience: Annotated[int, AtLeast(1)] = 2
    device: str | None = None

    @abstractmethod
    def head(self, n_fields: int) -> Any:
        """Make the layers over the vectors of so many fields, a torch.nn.Module."""

    def linear_table(self, device: str) -> Any:
        """Make the table of weights of single features, or None."""
        return None

    def seen_by_network(self) -> tuple[str, ...] | None:
        """The fields that the layers see; None: all."""
        return None

    def seen_by_linear(self) -> tuple[str, ...] | None:
        """The fields that the linear part sees; None: all."""
        return ()

    @property
    def embeddings_(self) -> np.ndarray:
        """The embedding of each feature, float32, shape (n_features, vector_size)."""
        learner = self.learner_
        rows = learner.layout.rows
        table: np.ndarray = learner.network.embeddings.weights.cpu().numpy()
        return table if rows is None else table[rows]

    @property
    def pretrained_(self) -> np.ndarray:
        """Which embeddings have started from vectors, bool, shape (n_features,)."""
        started: np.ndarray = self.learner_.pretrained.cpu().numpy()
        return started

    def fit(self, examples: Examples, *, validation: Examples | None = None, pretrained: Start | None = None) -> Self:
        """Learn from scratch, in `epochs` passes over the rows, shuffled from the second on.

        Parameters
        ----------
        examples, validation
            See `Ranker.fit`.
        pretrained : dict of str to Vectors, optional
            A field → the vectors that its embeddings start from: feature "item=42" from that of 42. Features without
            one start as they would have.

        Raises
        ------
        BadInput
            As `Ranker.fit`; also vectors of another size or none of whose keys is a feature.
        MissingExtra
            PyTorch is not installed.
        KeyboardInterrupt
            On Ctrl-C: the model is as after the last whole pass.
        """
        self._start = self._checked(examples.space, pretrained)
        try:
            return super().fit(examples, validation=validation)
        finally:
            self._start = None

    def partial_fit(self, examples: Examples, *, pretrained: Start | None = None) -> Self:
        """Go on learning: one pass over the rows as they come; `pretrained` is for features that are new.

        The rest is as in `Ranker.partial_fit`. Learning from A, then from B, is learning from both in one pass where A
        is a whole number of batches.
        """
        examples = self._in_grown_space(examples)
        self._start = self._checked(examples.space, pretrained)
        try:
            return super().partial_fit(examples)
        finally:
            self._start = None

    def gradient_flow(self, examples: Examples) -> list[LayerFlow]:
        """Return how much of the gradient reaches each layer, for these rows as one batch; nothing is learnt.

        The first is nearest to the embeddings. Where gradients vanish, they fall from layer to layer towards it.
        """
        from nearfield.rank.deep.gradient_flow import gradient_flow

        self._check_rows(examples)
        examples = self._in_own_space(examples)
        return gradient_flow(self.learner_, self._standardized(self._scaled(examples)))

    def _checked(self, space: FeatureSpace, pretrained: Start | None) -> Pretrained | None:
        """Refuse what cannot be learnt from before anything that was learnt is given up."""
        self._check_parameters()
        import_extra("torch", "deep")
        layout_of(self, space)
        return None if not pretrained else pretrained_rows(pretrained, space, self.histories, self.vector_size)

    def _grow(self, space: FeatureSpace) -> None:
        import_extra("torch", "deep")
        from nearfield.rank.deep.learner import Learner

        if "learner_" not in self.__dict__:
            self.learner_ = Learner(self, space)
        self.learner_.grow(space, self._start)

    def _pass(self, examples: Examples, order: np.ndarray) -> np.ndarray:
        foretold: np.ndarray = self.learner_.learn(examples, order)
        return foretold

    def _predicted(self, rows: Examples) -> np.ndarray:
        predictions: np.ndarray = self.learner_.foretell(rows)
        return predictions

    def _has_learnt(self) -> bool:
        return bool(self.learner_.counts.any())

    def _tables(self) -> dict[str, np.ndarray]:
        return {name: tensor.cpu().numpy() for name, tensor in self.learner_.tensors().items()}

    def _restore_tables(self, state: dict[str, np.ndarray]) -> None:
        self.learner_.restore(state)

    def _saved_params(self) -> dict[str, Any]:
        return self.get_params() | {"device": None}
