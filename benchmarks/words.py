"""Word2Vec beside gensim's, on the same text, in the same run: speed, memory, quality.

    python benchmarks/words.py speed     one epoch, threads 1 and 2, paired and alternating runs
    python benchmarks/words.py quality   similarity and analogies after 1 and 5 epochs, three seeds
    python benchmarks/words.py all       both

Every run is a process of its own. Both read one plain text file (text_enwiki and text8_head, one sentence a line, at
most 10,000 words each), gensim through `corpus_file`, the quickest way that it has. Words per second are the file's
words times epochs by the seconds of training alone; "end to end" adds reading, counting and, for ours, encoding.
Compiled code comes from the disk cache. Memory is the process's peak above what it holds once the library is imported
and ready. Each part writes its table to `results/`.

With n threads, gensim's `corpus_file` lets the learning rate fall only a n-th of the way: each thread holds the words
that it has read against all that there are (`get_next_alpha` in word2vec_corpusfile.pyx). Its vectors of one epoch and
two threads are ahead for that reason; `words.py one gensim CORPUS cbow negative 1 1 1 judge` is a run with one thread.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from _paired import in_process, machine, markdown, peak_bytes, write_results

CASES = [(a, loss) for loss in ("negative", "hierarchical") for a in ("skipgram", "cbow")]
SETTINGS = {"vector_size": 100, "window": 5, "sample": 1e-3, "negative": 5, "alpha": 0.025, "min_alpha": 0.0001}
MIN_COUNT = 5
SIMILARITY = {"WordSim": "EN-WS-353-ALL", "MEN": "EN-MEN-TR-3k", "SimLex": "EN-SIMLEX-999", "RW": "EN-RW-STANFORD"}
SPEED_HEAD = [
    "case",
    "threads",
    "ours, M words/s",
    "gensim, M words/s",
    "ratio",
    "end to end",
    "memory, MB: ours / gensim",
]


# ---- one run, in a process of its own ------------------------------------------------------------------------------


def run_ours(corpus: str, architecture: str, loss: str, epochs: int, workers: int, seed: int) -> dict[str, Any]:
    import nearfield as nf

    with tempfile.NamedTemporaryFile("w", suffix=".txt") as small:  # loads what is loaded on first use
        small.write("a b a b\n")
        small.flush()
        nf.Word2Vec(epochs=1, verbose=False).fit(nf.read_text(small.name, language="whitespace", min_count=1))
    idle, started = peak_bytes(), time.perf_counter()
    sequences = nf.read_text(corpus, language="whitespace", min_count=MIN_COUNT)
    read = time.perf_counter()
    model = nf.Word2Vec(
        architecture=architecture, loss=loss, epochs=epochs, workers=workers, seed=seed, verbose=False, **SETTINGS
    ).fit(sequences)
    figures = figures_since(started, read, idle)
    return {"keys": model.vectors_.keys, "rows": model.vectors_.input} | figures


def run_gensim(corpus: str, architecture: str, loss: str, epochs: int, workers: int, seed: int) -> dict[str, Any]:
    from gensim.models import Word2Vec

    idle, started = peak_bytes(), time.perf_counter()
    model = Word2Vec(
        sg=int(architecture == "skipgram"), hs=int(loss == "hierarchical"), min_count=MIN_COUNT, epochs=epochs,
        workers=workers, seed=seed, **(SETTINGS | ({"negative": 0} if loss == "hierarchical" else {})),
    )  # fmt: skip
    model.build_vocab(corpus_file=corpus)
    read = time.perf_counter()
    model.train(
        corpus_file=corpus, total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=epochs
    )
    return {"keys": model.wv.index_to_key, "rows": model.wv.vectors} | figures_since(started, read, idle)


def figures_since(started: float, read: float, idle: int) -> dict[str, float]:
    """Seconds of training and of all, and bytes above the idle process."""
    finished = time.perf_counter()
    return {"training": finished - read, "whole": finished - started, "memory": peak_bytes() - idle}


def run_one(arguments: argparse.Namespace) -> None:
    """Train once and print the figures as JSON."""
    run = {"ours": run_ours, "gensim": run_gensim}[arguments.library]
    figures = run(
        arguments.corpus, arguments.architecture, arguments.loss, arguments.epochs, arguments.workers, arguments.seed
    )
    keys, rows = list(figures.pop("keys")), figures.pop("rows")
    if arguments.judge == "judge":
        figures["quality"] = judge(keys, rows)
    print(json.dumps(figures))


def judge(keys: list[str], rows: np.ndarray) -> dict[str, float]:
    """Spearman correlations and analogy accuracy (3CosAdd, first 30,000 keys, as gensim does by default)."""
    from nearfield.datasets import word_eval
    from nearfield.evaluate import word_analogies, word_similarity
    from nearfield.vectors import Vectors

    vectors = Vectors(keys, np.ascontiguousarray(rows, np.float32))
    scores = {name: word_similarity(vectors, word_eval.similarity(file)).rho for name, file in SIMILARITY.items()}
    analogies = word_analogies(vectors, word_eval.analogies("questions-words"), restrict_vocab=30_000)
    return scores | {"analogies": analogies.accuracy}


# ---- many runs -----------------------------------------------------------------------------------------------------


def write_corpus(folder: Path) -> tuple[Path, int]:
    """Write the text that both libraries read; return its path and how many words it has."""
    from nearfield.datasets import text8_head, text_enwiki

    path, words = folder / "corpus.txt", 0
    with path.open("w", encoding="utf-8") as out:
        for source in (text_enwiki.path(), text8_head.path()):
            for tokens in tokens_of(source):
                words += len(tokens)
                for start in range(0, len(tokens), 10_000):
                    out.write(" ".join(tokens[start : start + 10_000]) + "\n")
    return path, words


def tokens_of(path: Path) -> Iterator[list[str]]:
    """The lines of a gzip text file, cut at blanks."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.split()


def speed(corpus: Path, words: int, pairs: int) -> list[str]:
    """Time one epoch; return a Markdown table."""
    rows = []
    ours_by_threads: dict[tuple[str, str], dict[int, list[float]]] = {}
    for case in CASES:
        runs: dict[int, list[tuple[dict[str, float], dict[str, float]]]] = {1: [], 2: []}
        for _ in range(pairs):
            for workers, done in runs.items():
                ours, theirs = (
                    in_process(__file__, library, corpus, *case, 1, workers, 1, "-") for library in ("ours", "gensim")
                )
                done.append((ours, theirs))
        ours_by_threads[case] = {w: [ours["training"] for ours, _ in done] for w, done in runs.items()}
        for workers, done in runs.items():
            rows.append([", ".join(case), str(workers), *speed_figures(done, words)])
            print(*markdown(SPEED_HEAD, rows)[-1:], flush=True)
    gains = (
        f"{', '.join(case)} {statistics.median(a / b for a, b in zip(times[1], times[2], strict=True)):.2f} ×"
        for case, times in ours_by_threads.items()
    )
    return [*markdown(SPEED_HEAD, rows), "", f"Two threads against one (ours): {'; '.join(gains)}."]


def speed_figures(runs: list[tuple[dict[str, float], dict[str, float]]], words: int) -> list[str]:
    """The cells of a row: medians over the pairs, and of the ratio within a pair, with its lowest and highest."""
    ratios = [theirs["training"] / ours["training"] for ours, theirs in runs]
    whole = statistics.median(theirs["whole"] / ours["whole"] for ours, theirs in runs)
    rates = [words / 1e6 / statistics.median(pair[i]["training"] for pair in runs) for i in (0, 1)]
    memory = [statistics.median(pair[i]["memory"] for pair in runs) / 1e6 for i in (0, 1)]
    ratio = f"{statistics.median(ratios):.1f} × ({min(ratios):.1f}–{max(ratios):.1f})"
    return [f"{rates[0]:.2f}", f"{rates[1]:.2f}", ratio, f"{whole:.1f} ×", f"{memory[0]:.0f} / {memory[1]:.0f}"]


def quality(corpus: Path, seeds: int) -> list[str]:
    """Judge vectors after 1 and 5 epochs; return a Markdown table of means and, over seeds, lowest and highest."""
    names = [*SIMILARITY, "analogies"]
    head, rows = ["case", "epochs", "library", *names], []
    for case in CASES:
        for epochs in (1, 5):
            for library in ("ours", "gensim"):
                runs = [
                    in_process(__file__, library, corpus, *case, epochs, 2, seed, "judge")["quality"]
                    for seed in range(1, seeds + 1)
                ]
                rows.append(
                    [", ".join(case), str(epochs), library, *(spread([run[name] for run in runs]) for name in names)]
                )
                print(*markdown(head, rows)[-1:], flush=True)
    return markdown(head, rows)


def spread(values: list[float]) -> str:
    """Mean, lowest and highest."""
    return f".{statistics.mean(values) * 1000:03.0f} (.{min(values) * 1000:03.0f}–.{max(values) * 1000:03.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("speed", "quality", "all"):
        many = verbs.add_parser(verb)
        many.add_argument("--pairs", type=int, default=3)
        many.add_argument("--seeds", type=int, default=3)
    one = verbs.add_parser("one", help="a single run; prints JSON")
    for name in ("library", "corpus", "architecture", "loss"):
        one.add_argument(name)
    for name in ("epochs", "workers", "seed"):
        one.add_argument(name, type=int)
    one.add_argument("judge", choices=["judge", "-"])
    arguments = parser.parse_args()
    if arguments.verb == "one":
        run_one(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = write_corpus(Path(folder))
        measured_on = f"{words:,} words of text_enwiki and text8_head; {machine('gensim', 'numpy', 'numba')}"
        print(measured_on, flush=True)
        printed = "Printed by `python benchmarks/words.py"
        if arguments.verb in ("speed", "all"):
            head = f"{printed} speed`: one epoch, medians of {arguments.pairs} pairs. {measured_on}."
            table = speed(corpus, words, arguments.pairs)
            write_results("words_speed", ["# Words beside gensim: speed and memory", "", head, "", *table])
        if arguments.verb in ("quality", "all"):
            head = f"{printed} quality`: 2 threads, {arguments.seeds} seeds: mean (lowest–highest). {measured_on}."
            table = quality(corpus, arguments.seeds)
            write_results("words_quality", ["# Words beside gensim: quality", "", head, "", *table])


if __name__ == "__main__":
    main()
