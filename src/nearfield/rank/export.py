"""Rankers for other programs: linear models and factorization machines as plain tables, deep ones as ONNX."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_file
from nearfield.rank.deep.deep_ranker import DeepRanker
from nearfield.rank.factors import FactorRanker
from nearfield.rank.field_aware import FieldAwareFM
from nearfield.rank.logistic_regression import LogisticRegression
from nearfield.rank.ranker import Ranker

if TYPE_CHECKING:
    import polars

BIAS = "(bias)"
TABLES, ONNX = (".csv", ".parquet"), ".onnx"


def export_ranker(model: Ranker, path: str | os.PathLike[str]) -> str:
    """Write a model for other programs, whole or not at all, and return how to predict with the file.

    The ending says how: `.csv` or `.parquet` for the table of `ranker_table`, of `LogisticRegression`,
    `FactorizationMachine` and `FieldAwareFM`; `.onnx` for the deep rankers (see `deep.onnx`).

    Returns
    -------
    str
        The formula of a prediction, in one line; in a Parquet file it is the metadata `formula` as well.

    Raises
    ------
    BadInput
        Another ending, or one that is not for such a model.
    NotFitted
    MissingExtra
        The packages that write ONNX are not installed.
    """
    target, kind = Path(path), type(model).__name__
    ending = target.suffix.lower()
    if ending not in (*TABLES, ONNX):
        raise BadInput(f"{target}: ends in {ending or 'nothing'}; expected {', '.join(TABLES)} or {ONNX}")
    if isinstance(model, DeepRanker) != (ending == ONNX):
        fitting = ONNX if isinstance(model, DeepRanker) else " or ".join(TABLES)
        raise BadInput(f"{target}: a {kind} cannot be exported as {ending}; name a file that ends in {fitting}")
    if isinstance(model, DeepRanker):
        from nearfield.rank.deep.onnx import write_onnx

        return write_onnx(model, target)
    table, formula = ranker_table(model), formula_of(model)
    with atomic_file(target) as temporary:
        if ending == ".csv":
            table.write_csv(temporary)
        else:
            table.write_parquet(temporary, metadata={"formula": formula})
    return formula


def ranker_table(model: Ranker) -> polars.DataFrame:
    """Return all that a linear model or factorization machine predicts with, one row a feature.

    Columns are `feature`, the name (its number, where features have none), `scale`, `weight`, and of factorization
    machines the numbers of the vectors, float32: `v.0`, `v.1`, … or, for each field that is met, `v.FIELD.0`, ….
    The first row, "(bias)", has the bias as its weight. A linear model's features of weight 0 are left out. Everything
    is in units of the targets; the formula stands in `formula_of`.

    Raises
    ------
    BadInput
        A deep ranker.
    """
    import polars

    if isinstance(model, LogisticRegression):
        weights = model._weights(model.state_[:-1], model.l1)
        rows, vectors = np.flatnonzero(weights), np.empty((len(weights), 0), np.float32)
    elif isinstance(model, FactorRanker):
        weights = model.linear_[:-1, 0]
        rows, vectors = np.arange(len(weights)), model.vectors_.reshape(len(weights), -1)
    else:
        raise BadInput(f"a {type(model).__name__} is no table of weights; export it to a file that ends in {ONNX}")
    deviation = float(model.targets_[1]) if model.loss == "squared" else 1.0
    scales = model.scales_[:, 0] if "scales_" in model.__dict__ else np.ones(len(weights), np.float32)
    space, n_empty = model.space_, np.zeros((1, vectors.shape[1]), np.float32)
    columns: dict[str, object] = {
        "feature": [BIAS, *(space.name(int(row)) for row in rows)],
        "scale": np.concatenate([[1], scales[rows]]).astype(np.float32),
        "weight": np.concatenate([[model.bias_], weights[rows] * deviation]).astype(np.float32),
    }
    numbers = np.concatenate([n_empty, vectors[rows] * np.float32(np.sqrt(deviation))])
    return polars.DataFrame(columns | dict(zip(_vector_columns(model), numbers.T, strict=True)))


def formula_of(model: Ranker) -> str:
    """Return how a row is predicted from the table of a model, in one line."""
    values = "u = x / scale (where scale is 0: the sign of x)"
    if getattr(model, "normalize", False):
        values += ", divided by the root of the sum of u² over the row"
    pairs = ""
    if isinstance(model, FactorRanker):
        vectors = "<v.FIELD of j of i, v.FIELD of i of j>" if isinstance(model, FieldAwareFM) else "<v of i, v of j>"
        pairs = f" + sum over pairs i < j of {vectors} u_i u_j"
    score = f"score = weight of {BIAS} + sum of weight u{pairs}"
    last = "; probability = 1 / (1 + exp(-score))" if model.loss == "logistic" else ""
    return f"{values}; {score}{last}; features that are not in the table count nothing"


def _vector_columns(model: Ranker) -> list[str]:
    if isinstance(model, FieldAwareFM):
        return [f"v.{field}.{k}" for field in model.space_.fields for k in range(model.vector_size)]
    return [f"v.{k}" for k in range(model.vector_size)] if isinstance(model, FactorRanker) else []
