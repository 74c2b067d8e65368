"""Is skip-gram kinder to rare words, and CBOW to frequent ones?

    python docs/studies/rare_words/run.py

Trains every model of `MODELS` with three seeds on an English and on a Chinese corpus (about ten minutes on two cores),
holds the cosines of word pairs against people's scores by how often the rarer word of a pair was seen, and writes
`table.md` and `figure.svg` beside this file.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

import nearfield as nf
from nearfield.datasets import text8_head, text_enwiki, text_zhwiki, word_eval, word_eval_zh
from nearfield.evaluate import ScoredPairs, score_pairs
from nearfield.evaluate.correlation import bootstrap_spearman, spearman
from nearfield.evaluate.resampling import interval

HERE = Path(__file__).parent
SEEDS = (1, 2, 3)
RESAMPLES = 2_000
STARTS = (5, 20, 100, 500)  # counts at which a band of the rarer word begins; 5 is min_count
FEWEST = 20  # pairs of a set in a band, for a correlation to mean something

# the learning rates are the defaults of word2vec.c: 0.025 for skip-gram, 0.05 for CBOW
MODELS = {
    "skip-gram, negative": {"architecture": "skipgram", "loss": "negative"},
    "CBOW, negative": {"architecture": "cbow", "loss": "negative", "alpha": 0.05},
    "skip-gram, hierarchical": {"architecture": "skipgram", "loss": "hierarchical"},
    "CBOW, hierarchical": {"architecture": "cbow", "loss": "hierarchical", "alpha": 0.05},
    "CBOW, negative, alpha 0.025": {"architecture": "cbow", "loss": "negative"},
    "CBOW, negative, 15 epochs": {"architecture": "cbow", "loss": "negative", "alpha": 0.05, "epochs": 15},
}
COMPARISONS = [
    ("skip-gram, negative", "CBOW, negative"),
    ("skip-gram, hierarchical", "CBOW, hierarchical"),
    ("skip-gram, negative", "CBOW, negative, alpha 0.025"),
    ("skip-gram, negative", "CBOW, negative, 15 epochs"),
]


@dataclass(frozen=True)
class Corpus:
    """A text and the word pairs to hold its vectors against."""

    name: str
    files: tuple[Callable[[], Path], ...]
    pairs: Callable[[str], Path]
    sets: tuple[str, ...]


CORPORA = [
    Corpus(
        "English",
        (text8_head.path, text_enwiki.path),
        word_eval.similarity,
        ("EN-MEN-TR-3k", "EN-RW-STANFORD", "EN-SimVerb-3500", "EN-SIMLEX-999", "EN-WS-353-ALL"),
    ),
    Corpus("Chinese", (text_zhwiki.path,), word_eval_zh.similarity, ("wordsim-240", "wordsim-297")),
]

Scores = dict[tuple[str, str], list[ScoredPairs]]  # (model, set) → one a seed


def train(corpus: Corpus) -> Scores:
    """Train all models and score all pairs."""
    sequences = nf.read_text([find() for find in corpus.files], language="whitespace")
    scores: Scores = {}
    for name, settings in MODELS.items():
        for seed in SEEDS:
            started = time.perf_counter()
            vectors = nf.Word2Vec(seed=seed, verbose=False, **settings).fit(sequences).vectors_
            for one in corpus.sets:
                scores.setdefault((name, one), []).append(score_pairs(vectors, corpus.pairs(one)))
            print(f"{corpus.name}: {name}, seed {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return scores


@dataclass(frozen=True)
class Cell:
    """What the pairs of one band say of one model, or of the difference of two, over all sets.

    Each set's correlation is the mean over seeds and counts as much as the set has pairs in the band.
    """

    n: int
    rho: float
    resampled: np.ndarray

    def __sub__(self, other: Cell) -> Cell:
        return Cell(self.n, self.rho - other.rho, self.resampled - other.resampled)

    def text(self) -> str:
        low, high = interval(self.resampled)
        return f"{self.rho:+.3f} ({low:+.3f} to {high:+.3f})"


def cell(scores: Scores, model: str, sets: tuple[str, ...], band: int) -> Cell:
    """Pool the sets that have pairs enough in a band; all models are resampled by the same draws."""
    sizes, rhos, resampled = [], [], []
    for number, one in enumerate(sets):
        seeds = scores[model, one]
        chosen = np.searchsorted(STARTS, seeds[0].rarer_counts, side="right") == band + 1
        if chosen.sum() < FEWEST:
            continue
        a, cosines = seeds[0].people[chosen], [seed.cosines[chosen] for seed in seeds]
        sizes.append(int(chosen.sum()))
        rhos.append(np.mean([spearman(a, b) for b in cosines]))
        draws = 1 + 100 * number + band
        resampled.append(np.mean([bootstrap_spearman(a, b, RESAMPLES, draws) for b in cosines], axis=0))
    if not sizes:
        return Cell(0, math.nan, np.full(RESAMPLES, math.nan))
    return Cell(sum(sizes), np.average(rhos, weights=sizes), np.average(resampled, axis=0, weights=sizes))


def seen(band: int) -> str:
    """Say how often the rarer word of a pair was seen."""
    return f"{STARTS[band]}–{STARTS[band + 1] - 1}" if band + 1 < len(STARTS) else f"{STARTS[band]} or more"


def main() -> None:
    """Train, judge, write."""
    bands = range(len(STARTS))
    lines = ["Spearman's ρ with people's scores, pooled over sets and seeds, and 95 % bootstrap intervals over pairs."]
    drawn = {}
    for corpus in CORPORA:
        scores = train(corpus)
        cells = {model: [cell(scores, model, corpus.sets, band) for band in bands] for model in MODELS}
        differences = {pair: [cells[pair[0]][b] - cells[pair[1]][b] for b in bands] for pair in COMPARISONS}
        drawn[corpus.name] = differences
        lines += ["", f"## {corpus.name}", "", *table_of_models(cells), "", *table_of_differences(differences)]
        lines += ["", *table_of_sets(scores, corpus.sets)]
    (HERE / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(drawn)


def table_of_models(cells: dict[str, list[Cell]]) -> list[str]:
    """A row a model, a column a band."""
    columns = [f"{seen(band)} times, {one.n:,} pairs" for band, one in enumerate(next(iter(cells.values())))]
    rows = [[model, *(f"{one.rho:.3f}" for one in row)] for model, row in cells.items()]
    return markdown(["model", *columns], rows)


def table_of_differences(differences: dict[tuple[str, str], list[Cell]]) -> list[str]:
    """A row a comparison, a column a band, and the rarest band against the most frequent that has pairs."""
    rows = []
    for (first, second), row in differences.items():
        known = [one for one in row if one.n]
        rows.append([f"{first} − {second}", *(one.text() for one in row), (known[0] - known[-1]).text()])
    return markdown(["difference of ρ", *map(seen, range(len(STARTS))), "rarest − most frequent"], rows)


def table_of_sets(scores: Scores, sets: tuple[str, ...]) -> list[str]:
    """The first comparison set by set."""
    first, second = COMPARISONS[0]
    rows = []
    for one in sets:
        row = [cell(scores, first, (one,), band) - cell(scores, second, (one,), band) for band in range(len(STARTS))]
        rows.append([one, *(f"{of_band.text()}, {of_band.n}" if of_band.n else "–" for of_band in row)])
    return markdown([f"{first} − {second}, pairs", *map(seen, range(len(STARTS)))], rows)


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def draw(drawn: dict[str, dict[tuple[str, str], list[Cell]]]) -> None:
    """Draw the differences, a panel a corpus; above zero skip-gram is better."""
    plt.rcParams["svg.hashsalt"] = "rare words"
    figure, panels = plt.subplots(1, len(drawn), figsize=(10, 4), sharey=True, layout="constrained")
    for panel, (name, differences) in zip(panels, drawn.items(), strict=True):
        for i, ((_, second), row) in enumerate(differences.items()):
            at = [(band + (i - 1.5) * 0.13, one) for band, one in enumerate(row) if one.n]
            rho = np.array([one.rho for _, one in at])
            ends = np.array([interval(one.resampled) for _, one in at]).T
            label = f"than {second}"
            panel.errorbar([x for x, _ in at], rho, np.abs(ends - rho), fmt="o", capsize=3, markersize=5, label=label)
        panel.axhline(0, color="grey", linewidth=1)
        panel.set(title=name, xlabel="the rarer word of the pair was seen … times")
        panel.set_xticks(range(len(STARTS)), [seen(band) for band in range(len(STARTS))])
    panels[0].set_ylabel("by how much skip-gram's ρ is higher")
    panels[0].legend(fontsize=8, title="skip-gram of the same loss is better …", title_fontsize=8)
    figure.savefig(HERE / "figure.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
