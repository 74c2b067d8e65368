"""ProNE: nodes by one sparse factorisation and a spectral filter (Zhang et al., IJCAI 2019, section 3).

No walks and no samples: a few products of the adjacency with a thin matrix, so it is the quickest of all methods here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import numpy as np

from nearfield.embed.model import unit_rows
from nearfield.embed.progress import say
from nearfield.errors import BadInput
from nearfield.estimator import Estimator
from nearfield.graph import Graph
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

OVERSAMPLES = 10  # Halko et al. 2011, section 4.2: 5 to 10 columns more than wanted


class ProNE(Estimator):
    """Node vectors by sparse matrix factorisation, smoothed and sharpened by the graph's spectrum.

    Parameters
    ----------
    vector_size : int
        Dimensions; at most as many as there are nodes.
    propagate : bool
        Whether the spectral filter follows the factorisation. It is cheap and nearly always helps.
    order : int
        Terms of the Chebyshev series of the filter.
    mu, theta : float
        Centre and sharpness of the filter's kernel over the eigenvalues of the Laplacian, which lie in 0 … 2 (paper,
        equation 9).
    ns_exponent : float
        The noise distribution is (share of transitions into a node)^ns_exponent (paper, section 3.1).
    power_iterations : int
        Of the randomised singular value decomposition.
    seed : int
        For its start. The result is the same for the same seed and the same linear algebra library.
    verbose : bool
        Tell on standard error how long it took.

    Attributes
    ----------
    vectors_ : Vectors
        Input rows of length 1; 0 for nodes without edges. Counts are degrees. There are no output rows.
    """

    def __init__(
        self,
        *,
        vector_size: int = 128,
        propagate: bool = True,
        order: int = 10,
        mu: float = 0.2,
        theta: float = 0.5,
        ns_exponent: float = 0.75,
        power_iterations: int = 5,
        seed: int = 1,
        verbose: bool = True,
    ) -> None:
        self.vector_size = vector_size
        self.propagate = propagate
        self.order = order
        self.mu = mu
        self.theta = theta
        self.ns_exponent = ns_exponent
        self.power_iterations = power_iterations
        self.seed = seed
        self.verbose = verbose

    def fit(self, graph: Graph) -> Self:
        """Learn from a graph, directed or not, weighted or not.

        Raises
        ------
        BadInput
            A parameter out of range, fewer nodes than dimensions, a graph without edges.
        """
        self._check(graph)
        started = time.perf_counter()
        adjacency = graph.to_scipy()
        matrix = proximity_matrix(adjacency, self.ns_exponent)
        left, values = truncated_svd(matrix, self.vector_size, self.power_iterations, self.seed)
        rows = unit_rows(left * np.sqrt(values))
        if self.propagate:
            rows = recentred(spectral_filter(adjacency, rows, self.order, self.mu, self.theta))
        # rounding leaves what is no 0 in rows of nodes that have no edges
        rows[graph.degrees == 0] = 0
        settings = {name: value for name, value in self.get_params().items() if name != "verbose"}
        trained = {"estimator": type(self).__name__} | settings | {"edges": graph.n_edges}
        self.vectors_ = Vectors(graph.keys, rows, counts=graph.degrees, metadata={"trained": trained})
        if self.verbose:
            say(f"factorised {graph.n_edges:,} edges in {time.perf_counter() - started:.1f} s")
        return self

    def _check(self, graph: Graph) -> None:
        if not isinstance(graph, Graph):
            raise BadInput(f"fit was given a {type(graph).__name__}; expected a Graph, such as Graph.from_edges makes")
        for name, least in (("vector_size", 1), ("order", 2), ("power_iterations", 0)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise BadInput(f"{name} is {value!r}; expected a whole number of at least {least}")
        for name in ("mu", "theta", "ns_exponent"):
            if not np.isfinite(getattr(self, name)):
                raise BadInput(f"{name} is {getattr(self, name)}; expected a finite number")
        if self.vector_size > len(graph):
            raise BadInput(
                f"vector_size is {self.vector_size} and the graph has {len(graph):,} nodes; expected no more dimensions"
                " than nodes"
            )
        if not graph.n_edges:
            raise BadInput("the graph has no edges; expected some to learn from")


def proximity_matrix(adjacency: csr_matrix, exponent: float) -> csr_matrix:
    """Return what ProNE factorises, float32, with the adjacency's places (paper, equation 5, λ = 1):

        M_ij = ln p_ij - ln q_j,    p_ij = A_ij / Σ_k A_ik,    q_j ∝ (Σ_i p_ij)^exponent

    for each edge: how much likelier a step from i to j is than a draw of j from the noise.
    """  # fmt: skip
    transitions = row_stochastic(adjacency)
    into = np.asarray(transitions.sum(axis=0, dtype=np.float64)).ravel()
    noise = np.power(into, exponent, out=np.zeros_like(into), where=into > 0)
    log_noise = np.log(noise / noise.sum(), out=np.zeros_like(noise), where=noise > 0)
    transitions.data = np.log(transitions.data) - log_noise[transitions.indices].astype(np.float32)
    return transitions


def row_stochastic(adjacency: csr_matrix) -> csr_matrix:
    """Return a copy whose rows add up to 1; empty ones stay empty."""
    from scipy.sparse import csr_matrix

    lengths = np.diff(adjacency.indptr)
    totals = np.asarray(adjacency.sum(axis=1, dtype=np.float64)).ravel()
    shares = (adjacency.data / np.repeat(totals, lengths)).astype(np.float32)
    return csr_matrix((shares, adjacency.indices, adjacency.indptr), shape=adjacency.shape)


def truncated_svd(matrix: csr_matrix, rank: int, iterations: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first left singular vectors, shape (n, rank), and singular values, falling, approximately.

    Randomised range finder with subspace iterations (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1).
    """
    columns = min(rank + OVERSAMPLES, *matrix.shape)
    random = np.random.default_rng(seed)
    basis = np.linalg.qr(matrix @ random.standard_normal((matrix.shape[1], columns), np.float32))[0]
    for _ in range(iterations):
        basis = np.linalg.qr(matrix.T @ basis)[0]
        basis = np.linalg.qr(matrix @ basis)[0]
    left, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    return basis @ left[:, :rank], values[:rank]


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
    return with_loops @ (rows - smoothed)


def recentred(rows: np.ndarray) -> np.ndarray:
    """Return U √Σ of the rows' own decomposition U Σ Vᵀ, each scaled to length 1: dimensions of falling weight."""
    # the decomposition of the small triangle is that of the rows
    orthogonal, triangle = np.linalg.qr(rows)
    left, values, _ = np.linalg.svd(triangle)
    return unit_rows(orthogonal @ (left * np.sqrt(values)))
