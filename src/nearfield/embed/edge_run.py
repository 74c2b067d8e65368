"""One training run of LINE: a table or two, the samplers, and the workers with their share of the samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed.distributions import noise_distribution
from nearfield.embed.edges import EdgeList
from nearfield.embed.kernels.layout import NEGATIVE, Rate, Tables, Targets, Workspace
from nearfield.embed.kernels.line import Edges, train_edges
from nearfield.embed.model import Model, compact, new_model
from nearfield.embed.progress import Progress, compiling
from nearfield.embed.run import usable_cores
from nearfield.embed.trainer import Trainer
from nearfield.embed.workspace import WorkerMemory
from nearfield.kernels.alias import fill_alias_rows

if TYPE_CHECKING:
    from nearfield.embed.line import Line

BLOCK_SAMPLES = 100_000  # what a kernel draws between two looks at the pause flag: about 50 ms
SAMPLES_PER_ENTRY = 100
FEWEST_SAMPLES = 10_000_000


class EdgeRun:
    """Builds everything that the kernels are given for one order, and keeps it alive while they have its addresses."""

    def __init__(self, estimator: Line, order: str, n: int, edges: EdgeList) -> None:
        self.estimator, self.edges, self.n = estimator, edges, n
        self.dim = estimator.vector_size // (2 if estimator.order == "both" else 1)
        self.samples = estimator.samples or max(FEWEST_SAMPLES, SAMPLES_PER_ENTRY * len(edges.sources))
        seed = int(np.random.SeedSequence([estimator.seed, order == "first"]).generate_state(1)[0])
        model = new_model(n, 0 if order == "first" else n, self.dim, 1, seed)
        # in the first order a node is its own context
        self.model = model._replace(output=model.input) if order == "first" else model
        self.alias = edges.alias()
        self.noise = noise_table(edges.strengths(n), estimator.ns_exponent)
        workers = estimator.workers or usable_cores()
        bounds = np.linspace(0, self.samples, min(workers, self.samples) + 1).astype(np.int64)
        self.shards = [
            EdgeShard(number, int(n_samples), self.model, self._memory())
            for number, n_samples in enumerate(np.diff(bounds))
        ]

    def train(self) -> None:
        """Train to the end, or to Ctrl-C."""
        edges = Edges(
            self.edges.sources.ctypes.data,
            self.edges.targets.ctypes.data,
            0 if self.alias is None else self.alias.ctypes.data,
            len(self.edges.sources),
        )
        targets = Targets(NEGATIVE, self.n, self.estimator.negative, self.noise.ctypes.data, 0, 0)
        rate = Rate(self.estimator.alpha, self.estimator.min_alpha, 1)
        with Progress(self.samples, verbose=self.estimator.verbose, unit="edges") as progress:
            Trainer(self.shards, edges, targets, rate).run(progress, lambda: None, float("inf"))

    @property
    def begun(self) -> bool:
        """Whether any sample is drawn."""
        return any(shard.done for shard in self.shards)

    @property
    def finished(self) -> bool:
        """Whether all samples are drawn."""
        return all(shard.finished for shard in self.shards)

    def loss(self) -> float:
        """The mean sampled loss of an edge over a run that has begun."""
        loss, samples = np.sum([shard.loss[0] for shard in self.shards], axis=0)
        return float(loss / samples)

    def rows(self) -> np.ndarray:
        """The input rows, float32, shape (n, dim)."""
        return compact(self.model.input.copy(), self.dim)

    def output_rows(self) -> np.ndarray:
        """The output rows, float32, shape (n, dim)."""
        return compact(self.model.output.copy(), self.dim)

    def _memory(self) -> WorkerMemory:
        return WorkerMemory(
            loss=NEGATIVE,
            n_outputs=self.estimator.negative + 1,
            longest_sequence=0,
            window=1,
            row_floats=self.dim,
            output=self.model.output,
        )


class EdgeShard:
    """A worker's share of the samples, and how many are drawn; what a `Trainer` needs of a shard."""

    def __init__(self, number: int, n_samples: int, model: Model, memory: WorkerMemory) -> None:
        self.n_tokens, self.model, self.memory = n_samples, model, memory
        self.done, self.epoch = 0, 0
        self.random = np.random.SeedSequence([model.seed, number]).generate_state(1, np.uint64)
        self.loss = np.zeros((1, 2))
        self.hot_rows = np.empty((0, 0), np.float32)

    @property
    def finished(self) -> bool:
        """Whether all samples are drawn."""
        return self.done == self.n_tokens

    def train_next_block(self, edges: Edges, targets: Targets, rate: Rate) -> None:
        """Draw the next samples and learn from them."""
        n_samples = min(BLOCK_SAMPLES, self.n_tokens - self.done)
        tables = Tables(self.model.input.ctypes.data, self.model.output.ctypes.data, 0, 0, self.model.input.strides[0])
        rate = rate._replace(total=self.n_tokens)
        work = self.memory.addresses
        train_edges(n_samples, self.done, edges, tables, targets, rate, work, self.random, self.loss[0])
        self.done += n_samples

    def exchange(self, workers: int) -> None:
        """Nothing: all rows are shared."""


def noise_table(strengths: np.ndarray, exponent: float) -> np.ndarray:
    """Return the alias table of the noise distribution, uint32, shape (n, 2).

    A node that no edge leaves is drawn as seldom as the one with the weakest edges.
    """
    probabilities = noise_distribution(strengths / strengths[strengths > 0].min(), exponent).astype(np.float32)
    table = np.empty((len(strengths), 2), np.uint32)
    fill_alias_rows(np.array([0, len(strengths)]), np.maximum(probabilities, np.float32(1e-30)), table)
    return table


def compile_kernels(*, verbose: bool) -> None:
    """Compile or load the kernel now, and say so if it took over a second."""
    tables, targets, work = (kind(*[0] * len(kind._fields)) for kind in (Tables, Targets, Workspace))  # type: ignore[attr-defined]
    rate, state, loss = Rate(0.0, 0.0, 1), np.zeros(1, np.uint64), np.zeros(2)
    with compiling(train_edges, verbose=verbose):
        train_edges(0, 0, Edges(0, 0, 0, 0), tables, targets, rate, work, state, loss)
