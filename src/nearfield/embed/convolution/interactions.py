"""Who had what: a matrix of users and items, from histories or from a graph between both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse

from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary, as_list


class Interactions(NamedTuple):
    """Users, items, and which user had which item.

    Attributes
    ----------
    users : list of str
    items : Vocabulary
        Counts say how many users had the item.
    matrix : scipy CSR matrix of float32, shape (n_users, n_items)
        1 where a user had an item, once or often.
    """

    users: list[str]
    items: Vocabulary
    matrix: scipy.sparse.csr_matrix


def of_sequences(sequences: Sequences, users: Iterable[str] | None) -> Interactions:
    """Read histories: `users` says whose each is; without it each is that of a user, named by its number."""
    names = [str(i) for i in range(len(sequences))] if users is None else as_list(users)
    if len(names) != len(sequences):
        raise BadInput(f"{len(names):,} users for {len(sequences):,} sequences; expected one each")
    row = {name: i for i, name in enumerate(dict.fromkeys(names))}
    rows = np.repeat([row[name] for name in names], np.diff(sequences.offsets))
    shape = len(row), len(sequences.vocabulary)
    return _checked(list(row), sequences.vocabulary.keys, rows, np.asarray(sequences.tokens), shape)


def of_graph(graph: Graph, users: Iterable[str] | None) -> Interactions:
    """Read a graph whose edges join users, which are named, with items, which are all others; weights play no part."""
    if users is None:
        raise BadInput("a graph does not say which nodes are users; name them: users=…")
    names = as_list(users)
    ids = graph.vocabulary.ids(names)
    is_user = np.zeros(len(graph), bool)
    is_user[ids] = True
    if np.count_nonzero(is_user) != len(names):
        raise BadInput("a user is named twice; expected each once")
    rows, columns = np.repeat(np.arange(len(graph)), np.diff(graph.indptr)), np.asarray(graph.indices)
    alike = np.flatnonzero(is_user[rows] == is_user[columns])
    if len(alike):
        a, b = graph.keys[rows[alike[0]]], graph.keys[columns[alike[0]]]
        kind = "users" if is_user[rows[alike[0]]] else "items"
        raise BadInput(f"an edge joins {a!r} and {b!r}, two {kind}; expected edges between users and items only")
    place = np.empty(len(graph), np.int64)
    place[ids], place[~is_user] = np.arange(len(names)), np.arange(len(graph) - len(names))
    ends = np.where(is_user[rows], rows, columns), np.where(is_user[rows], columns, rows)
    items = [key for key, user in zip(graph.keys, is_user.tolist(), strict=True) if not user]
    return _checked(names, items, place[ends[0]], place[ends[1]], (len(names), len(items)))


def _checked(
    users: list[str], items: Sequence[str], rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]
) -> Interactions:
    """Count each pair once, and put items in the order of their counts."""
    if not len(rows):
        raise BadInput("nobody had any item; expected users with items")
    matrix = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    counts = np.bincount(matrix.indices, minlength=shape[1])
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    if len(order) < 2:
        raise BadInput("there is one item; expected two or more")
    matrix = matrix[:, order].tocsr()
    matrix.sort_indices()
    return Interactions(users, Vocabulary([items[i] for i in order], counts[order]), matrix)
