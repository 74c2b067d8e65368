"""LINE: nodes that share an edge, and nodes that share neighbours (Tang et al. 2015, arXiv:1503.03578)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.embed.edges import EdgeList, edge_list
from nearfield.embed.linked import linked_graph
from nearfield.embed.model import unit_rows
from nearfield.errors import BadInput, warn
from nearfield.graph import Graph
from nearfield.parameters import AtLeast, LearningRate, Negative, NoiseExponent, Seed, VectorSize, Workers, check_rates
from nearfield.reading import kept
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.edge_run import EdgeRun

VANISHED = 1e-12  # length of a row that has kept shrinking; rows that have learnt are longer than 1e-3


class Line(Estimator):
    """Node vectors by first- and second-order proximity, from edges drawn by their weight.

    Parameters
    ----------
    order : {"both", "first", "second"}
        "first": ends of an edge are alike (section 4.1.1; it does not mind directions). "second": nodes with the same
        neighbours are alike (4.1.2). "both": each with half of the dimensions, each scaled to length 1, side by side.
    vector_size : int
        Dimensions; even for "both".
    samples : int or None
        Edges drawn for each order. None: 100 for each entry of the graph's rows (an undirected edge has two), at least
        ten million.
    negative : int
        Nodes drawn for each edge.
    ns_exponent : float
        The noise distribution is (what the edges that leave a node weigh together)^ns_exponent.
    min_degree : int
        Nodes with fewer edges going out get second-order neighbours up to this number (4.3; see `edges`). 0: none.
    alpha, min_alpha : float
        The learning rate falls linearly from one to the other.
    workers : int or None
        Threads; None: all cores that this process may use. With 1 and a seed a run is repeated bit for bit; several
        write to the same tables without locks (Hogwild), and no two runs are quite the same.
    seed : int
        For the start and for all draws.
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        Input rows; for "second" output rows, too. Counts are degrees. A node that no edge leaves has an input row of
        zeros in the second order, one without any edge in the first, too.
    losses_ : dict of str to float
        For each order the mean loss of an edge over the run, sampled.
    """

    order: Literal["both", "first", "second"] = "both"
    vector_size: VectorSize = 128
    samples: Annotated[int | None, AtLeast(1)] = None
    negative: Negative = 5
    ns_exponent: NoiseExponent = 0.75
    min_degree: Annotated[int, AtLeast(0)] = 0
    alpha: LearningRate = 0.025
    min_alpha: LearningRate = 0.0001
    workers: Workers = None
    seed: Seed = 1
    verbose: bool = True

    def fit(self, graph: Graph) -> Self:
        """Learn from a graph, directed or not, weighted or not.

        Raises
        ------
        BadInput
            A parameter out of range, a graph without edges or with fewer than two nodes.
        KeyboardInterrupt
            On Ctrl-C, after the blocks in work: `vectors_` holds what has been learnt so far, with zeros for an order
            that was not begun.
        """
        self._check_parameters()
        graph = linked_graph(graph, verbose=self.verbose)
        from nearfield.embed.edge_run import EdgeRun, compile_kernels  # brings Numba, which takes a while

        compile_kernels(verbose=self.verbose)
        edges = edge_list(graph, self.min_degree)
        orders = ("first", "second") if self.order == "both" else (self.order,)
        runs = {order: EdgeRun(self, order, len(graph), edges) for order in orders}
        try:
            for run in runs.values():
                run.train()
        finally:
            self._keep(graph, edges, runs)
        return self

    def _keep(self, graph: Graph, edges: EdgeList, runs: dict[str, EdgeRun]) -> None:
        """Turn what the runs have learnt into the attributes that end in `_`."""
        parts = {order: run.rows() for order, run in runs.items()}
        for order, rows in parts.items():
            self._check_rows(order, rows, begun=runs[order].begun)
            rows[~_learnt(order, edges, len(graph)) | (not runs[order].begun)] = 0
        if self.order == "both":
            parts = {order: unit_rows(rows) for order, rows in parts.items()}
        self.losses_ = {order: run.loss() for order, run in runs.items() if run.begun}
        trained = {"estimator": type(self).__name__} | self._settings()
        trained |= {"samples": next(iter(runs.values())).samples, "losses": self.losses_}
        trained["finished"] = all(run.finished for run in runs.values())
        self.vectors_ = Vectors(
            graph.keys,
            np.hstack(list(parts.values())),
            runs["second"].output_rows() if self.order == "second" else None,
            counts=graph.degrees,
            metadata={"trained": trained} | kept(graph.reading),
        )

    def _check_rows(self, order: str, rows: np.ndarray, *, begun: bool) -> None:
        """Set rows that have shrunk to nothing to zero, and say so; refuse a result of nothing else."""
        vanished = np.linalg.norm(rows, axis=1) < VANISHED
        if not begun or not vanished.any():
            return
        rows[vanished] = 0
        what = f"order {order!r} gave {np.count_nonzero(vanished):,} of {len(rows):,} nodes no direction"
        why = "nodes drawn as noise are their neighbours as well, as in a complete graph"
        if vanished.all() and self.order == order:
            raise BadInput(f"{what}: {why}; use another order, or another method")
        warn(f"{what}: {why}; their rows are zero there")

    def _settings(self) -> dict[str, Any]:
        """The parameters that decide what is learnt."""
        return {name: value for name, value in self.get_params().items() if name != "verbose"}

    def _check_combination(self) -> None:
        check_rates(self.alpha, self.min_alpha)
        if self.order == "both" and self.vector_size % 2:
            raise BadInput(f"vector_size is {self.vector_size} for both orders; expected an even number")


def _learnt(order: str, edges: EdgeList, n: int) -> np.ndarray:
    """Return which nodes' input rows an edge has moved, bool, shape (n,)."""
    learnt = np.zeros(n, bool)
    learnt[edges.sources] = True
    if order == "first":
        learnt[edges.targets] = True
    return learnt
