"""Random walks as sequences: DeepWalk's and node2vec's corpus, for whoever wants to see or keep it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nearfield.files import GrowingArray
from nearfield.graph import Graph
from nearfield.parameters import Seed, Workers, checks_arguments
from nearfield.sequences import Sequences, renumber
from nearfield.vocabulary import Vocabulary
from nearfield.walks.parameters import NumWalks, ReturnOrInOut, WalkLength
from nearfield.walks.walker import Walker

BLOCK_TOKENS = 1 << 20  # made by a thread in one go


@checks_arguments
def random_walks(
    graph: Graph,
    *,
    num_walks: NumWalks = 10,
    walk_length: WalkLength = 80,
    p: ReturnOrInOut = 1.0,
    q: ReturnOrInOut = 1.0,
    extended: bool = False,
    gamma: float = 0.0,
    seed: Seed = 1,
    workers: Workers = None,
) -> Sequences:
    """Walk from every node, along the edges and by their weights.

    Parameters
    ----------
    graph : Graph
        In a directed graph walks follow the edges' direction.
    num_walks : int
        Walks from each node.
    walk_length : int
        Nodes in a walk, the start included. A walk is shorter only where it comes to a node that no edge leaves; an
        isolated node makes walks of one.
    p, q : float
        node2vec's return and in-out parameters (Grover & Leskovec 2016, arXiv:1607.00653, section 3.2): below 1, p
        brings a walk back to where it came from and q takes it further away. Both 1: a step depends on the node alone
        (DeepWalk, Perozzi et al. 2014, arXiv:1403.6652). Exact by rejection: no table for each edge.
    extended : bool
        node2vec+ (Liu et al. 2023, arXiv:2109.08031): an edge counts as close by how much it weighs. It makes a
        difference where the graph has weights and q is not 1.
    gamma : float
        For node2vec+: an edge of a node counts in full from the mean of the node's edges on, and `gamma` standard
        deviations.
    seed : int
        Walk number w depends on the seed and on w alone: any number of workers makes the same walks.
    workers : int or None
        Threads; None: all cores that this process may use.

    Returns
    -------
    Sequences
        `num_walks` passes over all nodes, each pass in an order of its own; counts are visits. The ids lie on disk, in
        the system's folder for temporary files, four bytes each.

    Raises
    ------
    BadInput
        A parameter out of range.
    """
    walker = Walker(graph, length=walk_length, p=p, q=q, extended=extended, gamma=gamma, seed=seed)
    step = max(1, BLOCK_TOKENS // walk_length)
    total = num_walks * len(graph)
    blocks = [(first, min(first + step, total)) for first in range(0, total, step)]
    threads = workers or len(os.sched_getaffinity(0))
    tokens, lengths, visits = GrowingArray(np.int32), GrowingArray(np.int64), np.zeros(len(graph), np.int64)
    with ThreadPoolExecutor(threads) as pool:
        for at in range(0, len(blocks), 2 * threads):  # no more than these wait to be written
            for ids, offsets in pool.map(lambda block: walker.walk(*block), blocks[at : at + 2 * threads]):
                tokens.append(ids)
                lengths.append(np.diff(offsets))
                visits += np.bincount(ids, minlength=len(graph))
    order = np.argsort(-visits, kind="stable")
    final = np.empty(len(graph), np.int32)
    final[order] = np.arange(len(graph), dtype=np.int32)
    vocabulary = Vocabulary([graph.keys[i] for i in order.tolist()], visits[order])
    return Sequences(vocabulary, *renumber(tokens.array(), lengths.array(), final))
