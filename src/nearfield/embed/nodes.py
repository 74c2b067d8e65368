"""DeepWalk (Perozzi et al. 2014, arXiv:1403.6652) and node2vec (Grover & Leskovec 2016, arXiv:1607.00653)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Literal, Self

from nearfield.embed.linked import linked_graph
from nearfield.embed.word2vec import Word2Vec
from nearfield.graph import Graph
from nearfield.parameters import AtLeast, Epochs, Example, VectorSize, Window
from nearfield.walks.parameters import NumWalks, ReturnOrInOut, WalkLength

if TYPE_CHECKING:
    from nearfield.walks.walker import Walker


class DeepWalk(Word2Vec):
    """Node vectors from random walks: a node is known by the company that it keeps on them.

    Walks go along edges, in proportion to their weights, and skip-gram learns from them as from sentences. They are
    made block by block while training and nowhere kept; each epoch has walks of its own. `random_walks` makes them to
    be seen.

    Parameters
    ----------
    num_walks : int
        Walks from each node, an epoch.
    walk_length : int
        Nodes in a walk, the start included. A walk is shorter only where no edge leaves the node it has come to.
    window : int
        The furthest node of a walk that counts as company; the reach of each centre is drawn from 1 … window.
    vector_size : int
        Dimensions.
    loss : {"negative", "hierarchical"}
        Negative sampling, or the Huffman tree of the DeepWalk paper (section 4.2.2).
    negative, ns_exponent
        As for `Word2Vec`; the noise is drawn by visits, counted on the first walk from each node.
    sample, alpha, min_alpha
        As for `Word2Vec`. By default no visit is dropped.
    epochs : int
        1 is what papers have; another one is as good as twice the walks.
    workers, seed, checkpoint, checkpoint_minutes, verbose
        As for `Word2Vec`.

    Attributes
    ----------
    vectors_ : Vectors
        A row for each node that an edge joins with another one, the most visited first; as counts the visits of the
        first walk from each node. Isolated nodes have no vector: walks say nothing of them.
    losses_, tree_, nodes_
        As for `Word2Vec`.
    """

    UNIT = "nodes of walks"
    p, q, extended, gamma = 1.0, 1.0, False, 0.0  # Node2Vec has them as parameters

    architecture: Literal["skipgram"] = field(default="skipgram", init=False)
    direction: Literal["both"] = field(default="both", init=False)
    min_count: int = field(default=1, init=False)
    cbow_mean: bool = field(default=True, init=False)
    num_walks: NumWalks = 80
    walk_length: WalkLength = 40
    window: Window = 10
    vector_size: VectorSize = 128
    loss: Literal["negative", "hierarchical"] = "negative"
    sample: Annotated[float | None, AtLeast(0), Example("1e-3")] = 0.0
    epochs: Epochs = 1

    def fit(self, graph: Graph, *, resume: bool = False) -> Self:  # type: ignore[override]  # a Word2Vec has sequences
        """Learn from a graph; where it is directed, walks follow the edges' direction.

        Parameters
        ----------
        graph : Graph
        resume : bool
            Go on from `checkpoint` if it holds a run with the same parameters over the same graph.

        Raises
        ------
        BadInput
            A parameter out of range, no Graph, fewer than two nodes, no edge, a checkpoint of another run.
        KeyboardInterrupt
            On Ctrl-C, after the blocks in work: `vectors_` holds what has been learnt so far.
        """
        self._check_parameters()
        graph = linked_graph(graph, verbose=self.verbose)
        from nearfield.embed.walk_corpus import WalkCorpus  # brings Numba, which takes a while

        return self._fit(WalkCorpus(self.walker(graph), self.num_walks), len(graph), resume=resume)

    def walker(self, graph: Graph) -> Walker:
        """Return what makes this estimator's walks over a graph."""
        from nearfield.walks.walker import Walker

        return Walker(
            graph,
            length=self.walk_length,
            p=self.p,
            q=self.q,
            extended=self.extended,
            gamma=self.gamma,
            seed=self.seed,
        )


class Node2Vec(DeepWalk):
    """DeepWalk whose walks remember one step: they may linger around their start, or go out.

    Parameters
    ----------
    p, q : float
        A step goes back to where the walk came from with weight 1/p, to a common neighbour with 1, further away with
        1/q (arXiv:1607.00653, section 3.2.2). Both 1: DeepWalk.
    extended : bool
        node2vec+ (Liu et al. 2023, arXiv:2109.08031), for graphs with weights.
    gamma : float
        For node2vec+; see `random_walks`.
    num_walks, walk_length, window, vector_size, loss, negative, ns_exponent, sample, alpha, min_alpha, epochs
        As for `DeepWalk`; `num_walks` and `walk_length` by default as in the node2vec paper, section 4.3.
    workers, seed, checkpoint, checkpoint_minutes, verbose
        As for `Word2Vec`.

    Attributes
    ----------
    vectors_, losses_, tree_, nodes_
        As for `DeepWalk`.
    """

    p: ReturnOrInOut = 1.0
    q: ReturnOrInOut = 1.0
    extended: bool = False
    gamma: float = 0.0
    num_walks: NumWalks = 10
    walk_length: WalkLength = 80
