"""Features of nodes in sparse files: JSON with the features of each node, and svmlight with the node in front."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.edges.collecting import whole_keys
from nearfield.errors import BadInput
from nearfield.io import ending, read_text_file

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

JSON, SVMLIGHT = (".json",), (".svm", ".svmlight", ".libsvm")
ENDINGS = JSON + SVMLIGHT
MOST_FEATURES = 1 << 24  # an index beyond it is no index of a feature


def read_features(path: Path) -> tuple[list[str], csr_matrix]:
    """Read sparse features; return the nodes' keys, and a row for each, float32, shape (n, n_features).

    JSON is an object of nodes, each with a list of the features that it has, as MUSAE's graphs come, or with an object
    of features and values: `{"0": [3, 17], "1": {"17": 0.5}}`. svmlight is a node on each line and `feature:value`
    behind it, and may have comments behind "#". Features are whole numbers from 0.

    Raises
    ------
    BadInput
        No such file; what is none of both; a feature or a value that is no number; a node twice.
    """
    rows = _from_json(path) if ending(path) in JSON else _from_svmlight(path)
    if not rows:
        raise BadInput(f"{path}: holds no node; expected nodes with their features")
    keys = list(whole_keys(list(rows)))
    if len(set(keys)) < len(keys):
        raise BadInput(f"{path}: names a node twice, as 3 and as 3.0; expected each once")
    return keys, _matrix(path, rows)


def _matrix(path: Path, rows: Mapping[str, Mapping[int, float]]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    lengths = [len(values) for values in rows.values()]
    columns = np.fromiter((feature for values in rows.values() for feature in values), np.int64, sum(lengths))
    data = np.fromiter((value for values in rows.values() for value in values.values()), np.float64, sum(lengths))
    with np.errstate(over="ignore"):
        narrow = data.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise BadInput(f"{path}: has the value {data[~np.isfinite(narrow)][0]}; expected finite numbers of float32")
    if not len(columns):
        raise BadInput(f"{path}: no node has a feature; expected some")
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return csr_matrix((narrow, columns, indptr), shape=(len(rows), int(columns.max()) + 1))


def _from_json(path: Path) -> dict[str, dict[int, float]]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(pairs)
        if len(named) < len(pairs):
            twice = next(name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i]))
            raise BadInput(f"{path}: names {twice!r} twice; expected each once")
        return named

    try:
        content = json.loads(read_text_file(path), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadInput(f'{path}: holds a {type(content).__name__}; expected an object of nodes: {{"0": [3, 17], …}}')
    rows = {}
    for node, features in content.items():
        pairs = features.items() if isinstance(features, dict) else ((feature, 1.0) for feature in _listed(features))
        rows[node] = {
            _index(feature, f"{path}: node {node!r}"): _value(value, f"{path}: node {node!r}")
            for feature, value in pairs
        }
    return rows


def _listed(features: Any) -> list[Any]:
    return features if isinstance(features, list) else [features]


def _from_svmlight(path: Path) -> dict[str, dict[int, float]]:
    rows: dict[str, dict[int, float]] = {}
    for number, line in enumerate(read_text_file(path).split("\n"), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        node, where = words[0], f"{path}:{number}"
        if node in rows:
            raise BadInput(
                f"{where}: names the node {node!r} again; expected the node, not a class, in front of each line"
            )
        row = rows.setdefault(node, {})
        for word in words[1:]:
            feature, sign, value = word.partition(":")
            if feature == "qid":
                continue
            index = _index(feature, where)
            if not sign or index in row:
                raise BadInput(f"{where}: has {word[:40]!r}; expected feature:value, each feature once")
            row[index] = _value(value, where)
    return rows


def _index(feature: Any, where: str) -> int:
    if isinstance(feature, bool) or not (
        isinstance(feature, int) or (isinstance(feature, str) and feature.isdecimal() and feature.isascii())
    ):
        raise BadInput(f"{where} has the feature {str(feature)[:40]!r}; expected whole numbers from 0")
    index = int(feature)
    if not 0 <= index < MOST_FEATURES:
        raise BadInput(f"{where} has the feature {index}; expected whole numbers from 0 to {MOST_FEATURES - 1:,}")
    return index


def _value(value: Any, where: str) -> float:
    try:
        if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
            raise ValueError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{where} has the value {str(value)[:40]!r}; expected a number") from None
