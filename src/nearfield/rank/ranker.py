"""What every ranker does alike: passes over examples, early stopping, going on, saving."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

import numpy as np

from nearfield.arrays import mapped
from nearfield.base import Estimator
from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.examples import Examples, check_examples
from nearfield.feature_space import FeatureSpace, read_space, space_config, write_space
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.parameters import Count, Epochs, Seed, Share, Threads, plain_scalar, rule_of
from nearfield.rank.features.translation import translated
from nearfield.rank.metrics import mean_loss
from nearfield.rank.scaling import Targets, check_values, observe_scales, scaled, standardized, targets_of

KIND = "ranker"
FORMAT_VERSION = 2
Task = Literal["logistic", "squared", "pairwise", "lambdarank"]
LOSSES = get_args(Task)  # in the order of `kernels.losses`
OF_GROUPS = ("pairwise", "lambdarank")  # those of which a group of rows is the case
HIGHEST_GRADE = 31  # whose gain, 2 to this, is still a number that sums of float32 hold
STATISTICS = ("scales_", "targets_")  # of the rows, kept beside the tables where there are some


class Ranker(Estimator):
    """Base of the rankers, and the parameters that all have. A subclass keeps what it has learnt in arrays named by
    `TABLES`, and says how they grow and how a block of rows changes them.

    Losses of a row are "logistic", the cross-entropy of classes, and "squared", the error of values. Losses of groups,
    "pairwise" and "lambdarank", order the rows of each group by their labels, grades of 0 and more, and predict scores
    that mean nothing but the order; see `kernels.groups`. They need examples with groups.

    No unit is assumed. Values other than 1 are divided by the root mean square of their feature (see `kernels.scales`):
    `fit` computes it from all rows, `partial_fit` from those so far. With the squared loss, targets are standardised by
    their mean and deviation in the first rows that are learnt from, so that the model begins at their mean. What the
    tables hold is in these units; predictions, `weights_` and `bias_` are in those of the rows. Kept in

    scales_ : ndarray of float32, shape (n_features, 2)
        The scale of each feature beside how many entries it was computed from; where all values were 1 there is none.
    targets_ : ndarray of float64, shape (2,)
        Mean and deviation of the targets, with the squared loss.
    """

    TABLES: ClassVar[tuple[str, ...]] = ()

    loss: Task = "logistic"
    epochs: Epochs = 5
    validation_fraction: Annotated[float, Share()] = 0.0
    workers: Threads = 1
    seed: Seed = 1
    patience: int = field(default=1, init=False)  # a model may have it as a parameter
    space_: FeatureSpace = field(init=False)
    scales_: np.ndarray = field(init=False)
    targets_: np.ndarray = field(init=False)

    @abstractmethod
    def _grow(self, space: FeatureSpace) -> None:
        """Make the tables, or make them larger, for a space."""

    @abstractmethod
    def _learn(self, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        """Change the tables by some rows, or groups of them; write what was predicted before into `foretold`."""

    @abstractmethod
    def _foretell(self, rows: Any, foretold: np.ndarray) -> None:
        """Write what is predicted for some rows into `foretold`."""

    def fit(self, examples: Examples, *, validation: Examples | None = None) -> Self:
        """Learn from scratch, in `epochs` passes over the rows, shuffled from the second on.

        Parameters
        ----------
        examples : Examples
        validation : Examples, optional
            Judged after each pass: training stops when the loss there has not been least for `patience` passes (where a
            model has none, for one), and goes back to the pass where it was. Without them, and with
            `validation_fraction`, so large a share of the rows is put aside for it. They may have been read in a space
            of their own: see `foretell`.

        Raises
        ------
        BadInput
            No rows; labels outside of 0 to 1, with the logistic loss; values of 1e19 and more; a parameter out of
            range; a validation whose names cannot be translated. If training diverges: the model is as after the last
            whole pass, or the best on the validation.
        KeyboardInterrupt
            On Ctrl-C: the same, if a copy of that is kept.
        """
        self._check_parameters()
        self._check_rows(examples)
        self._check_pairs(examples, "the examples")
        if validation is not None:
            self._check_validation(validation)
            check_examples(validation, "validation")
            validation = validation.in_space(examples.space)
        if validation is None and self.validation_fraction > 0:
            examples, validation = self._put_aside(examples)
            self._check_pairs(examples, "the rows left to train on")
            self._check_pairs(validation, "the rows held out")
        for name in ("space_", *self.TABLES, *STATISTICS):
            self.__dict__.pop(name, None)
        self.losses_: list[float] = []
        self.validation_losses_: list[float] = []
        self._take_space(examples.space)
        rows = self._observed(examples, running=False)
        best = self._snapshot()
        if validation is not None and best is None:
            raise BadInput("a table in a file is not copied, so that training cannot go back; fit without validation")
        for epoch in range(self.epochs):
            try:
                predictions = self._in_units(self._pass(rows, self._order(rows, epoch)))
            except (KeyboardInterrupt, BadInput):
                if best is not None:
                    self._restore(best)
                raise
            self.losses_.append(mean_loss(predictions, examples, self.loss))
            if validation is not None:
                self.validation_losses_.append(mean_loss(self.foretell(validation), validation, self.loss))
            waited = _passes_since_least(self.validation_losses_)
            if not waited:
                best = self._snapshot()
            elif waited == self.patience:
                break
        if best is not None and _passes_since_least(self.validation_losses_):
            self._restore(best)
        return self

    def partial_fit(self, examples: Examples) -> Self:
        """Go on learning: one pass over the rows as they come.

        Rows may have been read in a space of their own: features are translated by name, and those that the model has
        not seen come in. They start as they would have from the beginning, so that learning from A, then from B, is the
        same as learning from both in one pass, but that with the squared loss targets are standardised by the rows that
        come first, and that with a loss of groups a group's rows are compared within a call. `foretold_`, float32,
        shape (n,), has what was predicted for each row just before it was learnt from: progressive validation (Blum,
        Kalai & Langford, COLT 1999).

        Raises
        ------
        BadInput
            As `fit`, and where names cannot be translated (`Examples.in_space`). If training diverges the model is
            lost.
        """
        self._check_parameters()
        self._check_rows(examples)
        examples = self._in_grown_space(examples)
        self._take_space(examples.space)
        rows = self._observed(examples, running=True)
        self.foretold_ = self._in_units(self._pass(rows, self._order(rows, 0)))
        return self

    def foretell(self, examples: Examples) -> np.ndarray:
        """Return the probability of label 1, with `loss="squared"` the value, with a loss of groups a score to rank by.

        Rows may have been read in a space of their own: features are translated by name, and those that the model has
        not seen are left out; a warning names fields most of whose cells are unknown (`Examples.in_space`).

        Returns
        -------
        ndarray of float32, shape (n,)

        Raises
        ------
        BadInput
            Values of 1e19 and more, or such that predictions overflow; names that cannot be translated.
        """
        self._check_parameters()
        examples = self._in_own_space(examples)
        predictions = self._in_units(self._predicted(self._scaled(examples)))
        if not np.isfinite(predictions).all():
            row = int(np.argmin(np.isfinite(predictions)))
            raise BadInput(f"row {row + 1:,}: the prediction overflows; its values are far beyond those trained on")
        return predictions

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Return the probabilities of label 0 and of label 1, float32, shape (n, 2)."""
        if self.loss != "logistic":
            raise BadInput(f"predict_proba needs loss='logistic'; this model has {self.loss!r}, so ask predict")
        found = self.foretell(examples)
        return np.stack([1 - found, found], axis=1)

    def predict(self, examples: Examples) -> np.ndarray:
        """Return the likelier label, 0 or 1, or with other losses what `foretell` does; float32, shape (n,)."""
        found = self.foretell(examples)
        return (found > 0.5).astype(np.float32) if self.loss == "logistic" else found

    def explain(
        self, examples: Examples, row: int = 0, k: int = 10, names: Mapping[int, str] | None = None
    ) -> list[tuple[str, float]]:
        """Return the k features that add most to the score of a row, each with its share; the bias is one of them.

        All shares sum to the score. See `attribution.entry_shares`; deep rankers have none. `names` are those of hashed
        features, as `hashed_names` returns them.
        """
        from nearfield.rank.attribution import entry_shares, named

        check_examples(examples)
        row, k = plain_scalar(row), plain_scalar(k)
        rule_of(int).check("row", row)
        rule_of(Count).check("k", k)
        if not -len(examples) <= row < len(examples):
            raise BadInput(f"row is {row:,}; the examples have {len(examples):,} rows, the first is 0")
        chosen = self._in_own_space(examples[row % len(examples) :][:1])
        shares = entry_shares(self, chosen).tolist()
        pairs = [(named(self, int(f), names), s) for f, s in zip(chosen.features, shares, strict=True)]
        return sorted([*pairs, ("bias", self._bias())], key=lambda pair: -abs(pair[1]))[:k]

    def importances(
        self, examples: Examples, k: int | None = None, names: Mapping[int, str] | None = None
    ) -> list[tuple[str, float]]:
        """Return features with the mean over rows of |share in the score|, the most important first.

        See `attribution.importances`; deep rankers have none. Features that are in no row are left out.
        """
        from nearfield.rank.attribution import importances, named

        sizes = importances(self, examples)
        order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)][:k]
        return [(named(self, int(feature), names), float(sizes[feature])) for feature in order]

    def copy(self, space: FeatureSpace | None = None) -> Self:
        """Return a model that has learnt the same, and goes on apart from this one; in a larger space, if one is given.

        A table in a file is copied to another file, and never held in memory.
        """
        twin = type(self)(**self.get_params())
        twin._take_space(self.space_)
        twin._restore(self._arrays())
        if space is not None:
            twin._take_space(space)
        return twin

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder with all that is needed to predict and to go on, bit for bit; whole or not at all."""
        space = self.space_
        with atomic_folder(path) as folder:
            for name, table in self._arrays().items():
                np.save(folder / f"{name}.npy", table)
            write_space(folder, space)
            content = {"model": type(self).__name__, "parameters": self._saved_params()} | space_config(space)
            content["statistics"] = [name for name in STATISTICS if name in self.__dict__]
            write_config(folder, KIND, FORMAT_VERSION, content)

    def export(self, path: str | os.PathLike[str]) -> str:
        """Write the model for other programs, by the ending of the file; return how to predict with it.

        See `rank.export.export_ranker`: `.csv` and `.parquet` of linear models and factorization machines, `.onnx` of
        deep rankers.
        """
        from nearfield.rank.export import export_ranker

        return export_ranker(self, path)

    @classmethod
    def _from_folder(cls, folder: Path, config: dict[str, Any], changes: dict[str, Any]) -> Self:
        model = cls.from_saved(config.get("parameters"), folder / "config.json").set_params(**changes)
        model._check_parameters()
        space = read_space(folder, config)
        model._take_space(space)
        statistics = config.get("statistics")
        if not isinstance(statistics, list) or not set(statistics) <= set(STATISTICS):
            raise BadInput(f"{folder / 'config.json'}: statistics are {statistics!r:.80}; the folder is damaged")
        model._restore({name: mapped(folder / f"{name}.npy") for name in (*model._arrays(), *statistics)})
        return model

    def _take_space(self, space: FeatureSpace) -> None:
        """Begin with a space, or grow into it."""
        known = self.__dict__.get("space_")
        if known is not None and not known.begins(space):
            raise BadInput("the features of the model have other numbers in the space; give one that it begins")
        if known is None or space.size > known.size:
            self._grow(space)
            if "scales_" in self.__dict__:
                grown = self._zeros((space.size, 2))
                grown[: len(self.scales_)] = self.scales_
                self.scales_ = grown
        self.space_ = space

    def _observed(self, examples: Examples, *, running: bool) -> Examples:
        """Add rows to the statistics, and return them in their units, to learn from."""
        if self.loss == "squared" and "targets_" not in self.__dict__:
            self.targets_ = np.array(targets_of(examples))
        examples = self._standardized(examples)
        if examples.values is not None and "scales_" not in self.__dict__:
            self.scales_ = self._zeros((self.space_.size, 2))
            self.scales_[:] = self._has_learnt()  # from rows whose values were all 1
        if "scales_" not in self.__dict__:
            return examples
        if not running:
            observe_scales(examples, self.scales_)
        return scaled(examples, self.scales_, running=running)

    def _standardized(self, examples: Examples) -> Examples:
        """Return rows with targets in the units of the statistics."""
        return standardized(examples, Targets(*self.targets_)) if self.loss == "squared" else examples

    def _scaled(self, examples: Examples) -> Examples:
        """Return rows with values in the units of the statistics."""
        check_values(examples)
        if "scales_" in self.__dict__:
            return scaled(examples, self.scales_)
        return examples

    def _in_units(self, predictions: np.ndarray) -> np.ndarray:
        """Return predictions in the units of the targets, float32."""
        if self.loss != "squared":
            return predictions
        mean, deviation = self.targets_
        with np.errstate(over="ignore"):
            return (mean + deviation * predictions.astype(np.float64)).astype(np.float32)

    def _weights_in_units(self, weights: np.ndarray) -> np.ndarray:
        """Return weights of scaled values as weights of values, float32, shape (n_features,)."""
        if "scales_" in self.__dict__:
            scales = self.scales_[:, 0]
            weights = weights / np.where(scales > 0, scales, 1)
        if "targets_" in self.__dict__:
            weights = weights * self.targets_[1]
        return weights.astype(np.float32, copy=False)

    def _bias_in_units(self, bias: float) -> float:
        """Return a bias of standardised targets as one of the targets."""
        return float(self.targets_[0] + self.targets_[1] * bias) if "targets_" in self.__dict__ else bias

    def _bias(self) -> float:
        return float(self.bias_)

    def _linear_and_vectors(self) -> tuple[np.ndarray, np.ndarray | None] | None:
        """Weights and vectors of scaled values, of models whose score is a sum over features and pairs."""
        return None

    @abstractmethod
    def _has_learnt(self) -> bool:
        """Whether any row has been learnt from."""

    def _zeros(self, shape: tuple[int, int]) -> np.ndarray:
        """Return room for a table."""
        return np.zeros(shape, np.float32)

    def _in_own_space(self, examples: Examples) -> Examples:
        """The rows as the model knows them; those of a smaller space that its own has grown from stay as they are."""
        check_examples(examples)
        return examples if examples.space.begins(self.space_) else translated(examples, self.space_)

    def _in_grown_space(self, examples: Examples) -> Examples:
        """The rows in the space of the model with what is new behind it."""
        known = self.__dict__.get("space_")
        return examples if known is None else translated(examples, known, unknown="grow")

    def _put_aside(self, examples: Examples) -> tuple[Examples, Examples]:
        if self.loss in OF_GROUPS:
            from nearfield.rank.groups import held_out

            chosen = held_out(examples, self.validation_fraction, self.seed)
            return examples.take(np.flatnonzero(~chosen)), examples.take(np.flatnonzero(chosen))
        order = np.random.default_rng(self.seed).permutation(len(examples))
        aside = int(len(examples) * self.validation_fraction)
        if not 0 < aside < len(examples):
            raise BadInput(
                f"{len(examples)} rows are too few to put a share of {self.validation_fraction} aside; give validation,"
                " or validation_fraction=0"
            )
        return examples.take(np.sort(order[aside:])), examples.take(np.sort(order[:aside]))

    def _pass(self, examples: Examples, order: np.ndarray) -> np.ndarray:
        from nearfield.rank.block import Block  # brings Numba, which takes a while

        block, foretold = Block(examples, order), np.empty(len(examples), np.float32)
        runs: list[tuple[Any, Any]]
        if self.loss in OF_GROUPS:
            from nearfield.rank.groups import GroupBounds

            bounds = GroupBounds(examples, order)
            runs = [(block.rows, groups) for groups in bounds.split(self.workers)]
        else:
            runs = [(rows, None) for rows in block.split(self.workers)]
        if len(runs) == 1:
            self._learn(runs[0][0], foretold, runs[0][1])
        else:
            with ThreadPoolExecutor(self.workers) as pool:  # without locks: Hogwild (Niu et al. 2011, arXiv:1106.5730)
                list(pool.map(lambda run: self._learn(run[0], foretold, run[1]), runs))
        if not np.isfinite(foretold).all():
            raise BadInput("training has diverged: predictions are no numbers any more; choose a smaller alpha")
        return foretold

    def _order(self, rows: Examples, epoch: int) -> np.ndarray:
        """The order of a pass: as rows come, shuffled from the second on; with a loss of groups group by group."""
        if self.loss in OF_GROUPS:
            from nearfield.rank.groups import group_order

            return group_order(rows, [self.seed, epoch] if epoch else None)
        order = np.arange(len(rows))
        if epoch:
            np.random.default_rng([self.seed, epoch]).shuffle(order)
        return order

    def _predicted(self, rows: Examples) -> np.ndarray:
        """Predict for rows in the units of the statistics, in units of the targets' deviation; float32, shape (n,)."""
        from nearfield.rank.block import Block

        block, predictions = Block(rows), np.empty(len(rows), np.float32)
        self._foretell(block.rows, predictions)
        return predictions

    def _arrays(self) -> dict[str, np.ndarray]:
        """All that has been learnt, by name; not copied."""
        return self._tables() | {name: self.__dict__[name] for name in STATISTICS if name in self.__dict__}

    def _tables(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in self.TABLES}

    def _saved_params(self) -> dict[str, Any]:
        """The parameters that are true of another machine, too."""
        return self.get_params()

    def _snapshot(self) -> dict[str, np.ndarray] | None:
        """A copy of all that has been learnt, to go back to; None where it may be too large for one."""
        return {name: array.copy() for name, array in self._arrays().items()}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        """Take what `_arrays` returned before."""
        self._restore_tables(state)
        for name in STATISTICS:
            self.__dict__.pop(name, None)
            if name in state:
                room = np.empty(2) if name == "targets_" else self._zeros((self.space_.size, 2))
                setattr(self, name, _copied(name, state[name], room))

    def _restore_tables(self, state: dict[str, np.ndarray]) -> None:
        for name, table in self._tables().items():
            _copied(name, state[name], table)

    def _check_rows(self, examples: Examples) -> None:
        check_examples(examples)
        if not len(examples):
            raise BadInput("no rows to learn from")
        if examples.weights is not None and not np.any(examples.weights > 0):
            raise BadInput(
                f"0 of {len(examples):,} rows have a weight above 0, so that nothing would be trained; expected some"
            )
        self._check_labels(examples)
        check_values(examples)

    def _check_validation(self, examples: Examples) -> None:
        check_examples(examples, "validation")
        if not len(examples):
            raise BadInput("validation has no rows; leave it out, or choose validation_fraction")
        self._check_rows(examples)
        self._check_pairs(examples, "validation")

    def _check_pairs(self, examples: Examples, what: str) -> None:
        """With a loss of groups, refuse rows of which no two can be compared."""
        if self.loss in OF_GROUPS:
            from nearfield.rank.groups import has_pairs

            if not has_pairs(examples):
                raise BadInput(
                    f"{what}: no group has rows of different labels, so that there is no order to learn; check which"
                    " column names the groups, or use loss='logistic'"
                )

    def _check_labels(self, examples: Examples) -> None:
        labels = examples.labels
        if self.loss in OF_GROUPS and examples.groups is None:
            raise BadInput(
                f"loss={self.loss!r} orders rows within groups, and these have none; read them with group=, the column"
                " of the user or query"
            )
        if self.loss == "logistic" and not np.all((labels >= 0) & (labels <= 1)):
            wrong = labels[(labels < 0) | (labels > 1)][0]
            raise BadInput(
                f"a label is {wrong:g}; the logistic loss expects 0 or 1, or a probability (values: loss='squared')"
            )
        if self.loss == "lambdarank" and not np.all((labels >= 0) & (labels <= HIGHEST_GRADE)):
            wrong = labels[(labels < 0) | (labels > HIGHEST_GRADE)][0]
            raise BadInput(
                f"a label is {wrong:g}; lambdarank expects grades of 0 to {HIGHEST_GRADE} (other numbers:"
                " loss='pairwise')"
            )


def _copied(name: str, saved: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Copy what was saved into a table; return the table."""
    if saved.shape != table.shape or saved.dtype != table.dtype:
        raise BadInput(f"{name} is {saved.dtype} {saved.shape}; expected {table.dtype} {table.shape}")
    table[:] = saved
    return table


def _passes_since_least(losses: list[float]) -> int:
    """How many passes followed the one with the least loss, the last of equal ones; 0 without any."""
    return losses[::-1].index(min(losses)) if losses else 0


@reads_whole_folder
def load_ranker(path: str | os.PathLike[str], **changes: Any) -> Ranker:
    """Read what a ranker's `save` wrote: a model that predicts and goes on as the saved one would.

    Parameters
    ----------
    path
    **changes
        Parameters that are to be others than when it was saved, such as `workers`, or `table_folder` of a
        `LogisticRegression`.
    """
    from nearfield.rank import MODELS

    folder = Path(path)
    config = read_config(folder, KIND, FORMAT_VERSION)
    model = MODELS.get(str(config.get("model")))
    if model is None:
        raise IncompatibleVersion(
            f"{folder / 'config.json'}: model is {config.get('model')!r}; this version knows {', '.join(MODELS)}"
        )
    return model._from_folder(folder, config, changes)
