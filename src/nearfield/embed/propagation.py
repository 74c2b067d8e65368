"""Spectral propagation: any node vectors, seen through the graph's spectrum (Zhang et al., IJCAI 2019, section 3.2).

The second half of ProNE, which the paper has for the vectors of other methods, too: a few products with the adjacency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from nearfield.embed.model import unit_rows
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.parameters import AtLeast, Between, checks_arguments
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WIDE, WIDEST = 1e5, 1e12  # ratio of row sums from which on, and up to which, rows are propagated in float64


FilterOrder = Annotated[int, AtLeast(2, most=10_000)]
FilterCentre = Annotated[float, Between(-1_000, 1_000)]
FilterSharpness = Annotated[float, Between(-80, 80)]  # whose exponential float32 can hold


@checks_arguments
def spectral_propagation(
    vectors: Vectors,
    graph: Graph,
    *,
    order: FilterOrder = 20,
    mu: FilterCentre = 0.0,
    theta: FilterSharpness = 8.0,
) -> Vectors:
    """Return node vectors smoothed and sharpened by the graph's spectrum, as ProNE does it with its own.

    Parameters
    ----------
    vectors : Vectors
        Of the graph's nodes, by any method; isolated ones may lack a vector.
    graph : Graph
        Directed or not, weighted or not.
    order : int
        Terms of the Chebyshev series of the filter; more for a sharper one.
    mu, theta : float
        Centre and sharpness of the filter's kernel over the eigenvalues of the Laplacian, which lie in 0 … 2 (paper,
        equation 9). The authors' code has 0.2 and 0.5 with ten terms. By ours, labels are foretold better, and edges by
        the cosine; where edges are foretold by products of rows with learnt weights, theirs can be the better ones.

    Returns
    -------
    Vectors
        Keys, dimensions and counts as in `vectors`; rows of length 1, 0 for nodes without edges; no output rows. From a
        few labels for each class, propagated vectors of DeepWalk predict labels worse (docs/studies/few_labels).

    Raises
    ------
    BadInput
        A parameter out of range, other keys than the graph's nodes, more dimensions than nodes, weights over more than
        twelve orders of magnitude.
    """
    if not isinstance(graph, Graph):
        raise BadInput(f"graph is a {type(graph).__name__}; expected a Graph, such as read_edges returns")
    if vectors.dim > len(graph):
        raise BadInput(
            f"the vectors have {vectors.dim} dimensions and the graph has {len(graph):,} nodes; expected no more"
            " dimensions than nodes"
        )
    place = _places(vectors, graph)
    rows = np.zeros((len(graph), vectors.dim), np.float32)
    rows[place] = vectors.input
    rows = propagated_rows(graph, rows, order, mu, theta)[place]
    metadata = vectors.metadata | {"propagated": {"order": order, "mu": mu, "theta": theta}}
    return Vectors(vectors.keys, rows, counts=vectors.counts, metadata=metadata)


def _places(vectors: Vectors, graph: Graph) -> np.ndarray:
    """Return the graph's number of each key."""
    strange = next((key for key in vectors.keys if key not in graph.vocabulary), None)
    if strange is not None:
        raise BadInput(f"the vectors' {strange!r} is no node of the graph; give vectors.subset(graph.keys)")
    if len(vectors) < len(graph):
        linked = graph.without_isolated()
        if (lost := next((key for key in linked.keys if key not in vectors), None)) is not None:
            raise BadInput(
                f"node {lost!r} has no vector; expected one for each of the {len(linked):,} nodes with edges"
            )
    return graph.vocabulary.ids(vectors.keys)


def propagated_rows(graph: Graph, rows: np.ndarray, order: int, mu: float, theta: float) -> np.ndarray:
    """Return a graph's rows as the filter leaves them, turned to their own axes, of length 1; 0 without edges."""
    rows = recentred(spectral_filter(graph.to_scipy(), rows, order, mu, theta))
    # rounding leaves what is no 0 in rows of nodes that have no edges
    rows[graph.degrees == 0] = 0
    return rows


def spectral_filter(adjacency: csr_matrix, rows: np.ndarray, order: int, mu: float, theta: float) -> np.ndarray:
    """Return (I + A)(R - e^{-θX} R) with X = ½(L - μI)² - I, the rows R as the graph's spectrum modulates them.

    L = I - D⁻¹(I + A) is the random-walk Laplacian with self-loops. The exponential, a Gaussian around μ over the
    eigenvalues of L, is a Chebyshev series with modified Bessel functions I_k as coefficients (paper, section 3.2):

        e^{-θX} = I_0(θ) + 2 Σ_k (-1)^k I_k(θ) T_k(X),    T_{k+1}(X) = 2 X T_k(X) - T_{k-1}(X)
    """
    from scipy.sparse import identity
    from scipy.special import iv

    with_loops = (adjacency + identity(adjacency.shape[0], np.float32, format="csr")).tocsr()
    steps = row_stochastic(with_loops)

    def doubled(terms: np.ndarray) -> np.ndarray:
        """2 X T = (L - μI)² T - 2 T."""
        for_once = (1 - mu) * terms - steps @ terms
        return (1 - mu) * for_once - steps @ for_once - 2 * terms

    coefficients = (2 * (-1.0) ** np.arange(order) * iv(np.arange(order), theta)).astype(np.float32)
    before, term = rows, doubled(rows) / 2
    smoothed = coefficients[0] / 2 * before + coefficients[1] * term
    for coefficient in coefficients[2:]:
        before, term = term, doubled(term) - before
        smoothed += coefficient * term
    totals = np.asarray(with_loops.sum(axis=1, dtype=np.float64)).ravel()
    spread = totals.max() / totals.min()
    if spread > WIDEST:
        raise BadInput(
            f"the weights at one node are {spread:.0e} times those at another; spectral propagation resolves"
            f" {WIDEST:.0e}: take the logarithm or ranks of the weights, or leave the propagation out"
        )
    if spread > WIDE:  # rows of the light nodes would be lost beside those of the heavy ones
        return with_loops.astype(np.float64) @ (rows - smoothed)
    return with_loops @ (rows - smoothed)


def row_stochastic(adjacency: csr_matrix) -> csr_matrix:
    """Return a copy whose rows add up to 1; empty ones stay empty."""
    from scipy.sparse import csr_matrix

    lengths = np.diff(adjacency.indptr)
    totals = np.asarray(adjacency.sum(axis=1, dtype=np.float64)).ravel()
    shares = (adjacency.data / np.repeat(totals, lengths)).astype(np.float32)
    return csr_matrix((shares, adjacency.indices, adjacency.indptr), shape=adjacency.shape)


def recentred(rows: np.ndarray) -> np.ndarray:
    """Return U √Σ of the rows' own decomposition U Σ Vᵀ, each scaled to length 1: dimensions of falling weight."""
    # the decomposition of the small triangle is that of the rows
    orthogonal, triangle = np.linalg.qr(rows)
    left, values, _ = np.linalg.svd(triangle)
    return unit_rows(orthogonal @ (left * np.sqrt(values)))
