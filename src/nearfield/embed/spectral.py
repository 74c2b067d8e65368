"""ProNE: nodes by one sparse factorisation and a spectral filter (Zhang et al., IJCAI 2019, section 3).

No walks and no samples: a few products of the adjacency with a thin matrix, so it is the quickest of all methods here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.embed.linked import linked_graph
from nearfield.embed.model import unit_rows
from nearfield.embed.progress import say
from nearfield.embed.propagation import FilterCentre, FilterOrder, FilterSharpness, propagated_rows, row_stochastic
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.parameters import AtLeast, NoiseExponent, Seed, VectorSize
from nearfield.reading import kept
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

OVERSAMPLES = 10  # Halko et al. 2011, section 4.2: 5 to 10 columns more than wanted


class ProNE(Estimator):
    """Node vectors by sparse matrix factorisation, smoothed and sharpened by the graph's spectrum.

    It runs on as many threads as the linear algebra library is given (for OpenBLAS by `OPENBLAS_NUM_THREADS`).

    Parameters
    ----------
    vector_size : int
        Dimensions; at most as many as there are nodes.
    propagate : bool
        Whether the spectral filter follows the factorisation. It is cheap and nearly always helps.
    order, mu, theta
        Of the filter; see `spectral_propagation`.
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
        Input rows of length 1, of the nodes that an edge joins with another one; isolated ones have no vector. Counts
        are degrees. There are no output rows.
    """

    vector_size: VectorSize = 128
    propagate: bool = True
    order: FilterOrder = 20
    mu: FilterCentre = 0.0
    theta: FilterSharpness = 8.0
    ns_exponent: NoiseExponent = 0.75
    power_iterations: Annotated[int, AtLeast(0, most=10_000)] = 5
    seed: Seed = 1
    verbose: bool = True

    def fit(self, graph: Graph) -> Self:
        """Learn from a graph, directed or not, weighted or not.

        Raises
        ------
        BadInput
            A parameter out of range, fewer nodes than dimensions, a graph without edges.
        """
        self._check_parameters()
        graph = linked_graph(graph, verbose=self.verbose)
        if self.vector_size > len(graph):
            raise BadInput(
                f"vector_size is {self.vector_size} and the graph has {len(graph):,} nodes with edges; expected no more"
                " dimensions than nodes"
            )
        started = time.perf_counter()
        matrix = proximity_matrix(graph.to_scipy(), self.ns_exponent)
        left, values = truncated_svd(matrix, self.vector_size, self.power_iterations, self.seed)
        rows = unit_rows(left * np.sqrt(values))
        if self.propagate:
            rows = propagated_rows(graph, rows, self.order, self.mu, self.theta)
        settings = {name: value for name, value in self.get_params().items() if name != "verbose"}
        trained = {"estimator": type(self).__name__} | settings | {"edges": graph.n_edges}
        self.vectors_ = Vectors(
            graph.keys, rows, counts=graph.degrees, metadata={"trained": trained} | kept(graph.reading)
        )
        if self.verbose:
            say(f"factorised {graph.n_edges:,} edges in {time.perf_counter() - started:.1f} s")
        return self


def proximity_matrix(adjacency: csr_matrix, exponent: float) -> csr_matrix:
    """Return what ProNE factorises, float32, with the adjacency's places (paper, equation 5, λ = 1):

        M_ij = ln p_ij - ln q_j,    p_ij = A_ij / Σ_k A_ik,    q_j ∝ (Σ_i p_ij)^exponent

    for each edge: how much likelier a step from i to j is than a draw of j from the noise.
    """  # fmt: skip
    transitions = row_stochastic(adjacency)
    totals = np.asarray(adjacency.sum(axis=1, dtype=np.float64)).ravel()
    log_totals = np.log(totals, out=np.zeros_like(totals), where=totals > 0).astype(np.float32)
    # of weights and not of their shares, which may be too small for float32
    log_shares = np.log(adjacency.data)
    log_shares -= np.repeat(log_totals, np.diff(adjacency.indptr))
    into = np.asarray(transitions.sum(axis=0, dtype=np.float64)).ravel()
    into[np.unique(transitions.indices)] += np.finfo(np.float32).smallest_subnormal
    noise = np.power(into, exponent, out=np.zeros_like(into), where=into > 0)
    log_noise = np.log(noise / noise.sum(), out=np.zeros_like(noise), where=noise > 0)
    transitions.data = log_shares - log_noise[transitions.indices].astype(np.float32)
    return transitions


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
