"""Reading text and finding phrases beside gensim, on the same files, in the same run: speed and memory.

    python benchmarks/text.py speed     paired, alternating runs
    python benchmarks/text.py all       the same, and writes results/text.md

Every run is a process of its own. Reading is `read_text` (decode, cut into tokens, count, select, encode to ids) beside
`Word2Vec(vector_size=1).build_vocab` (cut at blanks, count, select; gensim encodes later, while it trains). Phrases are
fit and transform of one pass on the same sentences. Words per second are the file's words by the seconds of the call
alone; compiled code comes from the disk cache. Memory is the process's peak above what it holds once the library is
imported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _paired import in_process, machine, peak_bytes, write_results

MIN_COUNT = 5
HEAD = [
    "| task | file | ours, M words/s | gensim, M words/s | ratio (median of pairs) | memory, MB: ours / gensim |",
    "| --- | --- | --- | --- | --- | --- |",
]


# ---- one run, in a process of its own ------------------------------------------------------------------------------


def read_ours(path: str, language: str) -> Callable[[], object]:
    import nearfield as nf

    warm_up(language)
    return lambda: nf.read_text(path, language=language, min_count=MIN_COUNT)


def warm_up(language: str) -> None:
    """Load compiled code from the disk."""
    import nearfield as nf

    with tempfile.NamedTemporaryFile("w", suffix=".txt") as small:
        small.write("été d'été\n")
        small.flush()
        nf.read_text(small.name, language=language, min_count=1)
        nf.Phrases().fit_transform([["a", "b"]])


def read_gensim(path: str, how: str) -> Callable[[], object]:
    from gensim.models import Word2Vec
    from gensim.models.word2vec import LineSentence

    model = Word2Vec(vector_size=1, min_count=MIN_COUNT)
    if how == "corpus_file":
        return lambda: model.build_vocab(corpus_file=path)
    return lambda: model.build_vocab(LineSentence(path))


def phrases_ours(path: str, _: str) -> Callable[[], object]:
    import nearfield as nf

    warm_up("whitespace")
    sequences = nf.read_text(path, language="whitespace", min_count=1)
    return lambda: nf.Phrases().fit_transform(sequences)


def phrases_gensim(path: str, _: str) -> Callable[[], object]:
    from gensim.models.phrases import Phrases

    with open(path, encoding="utf-8") as file:
        sentences = [line.split() for line in file]

    def fit_transform() -> int:
        model = Phrases(sentences, min_count=5, threshold=10.0)
        return sum(len(model[sentence]) for sentence in sentences)

    return fit_transform


RUNS = {
    "read ours": read_ours,
    "read gensim": read_gensim,
    "phrases ours": phrases_ours,
    "phrases gensim": phrases_gensim,
}


def run_one(name: str, path: str, how: str) -> None:
    """Make ready, run once, and print seconds and bytes as JSON."""
    run = RUNS[name](path, how)
    idle, started = peak_bytes(), time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - started, "memory": peak_bytes() - idle}))


# ---- many runs -----------------------------------------------------------------------------------------------------


def compare(task: str, path: Path, words: int, ours: str, gensim: str, pairs: int) -> str:
    """Run both in turn `pairs` times; return a row of the table."""
    kind = task.split(",")[0]
    runs = [
        (in_process(__file__, f"{kind} ours", path, ours), in_process(__file__, f"{kind} gensim", path, gensim))
        for _ in range(pairs)
    ]
    ratio = statistics.median(theirs["seconds"] / mine["seconds"] for mine, theirs in runs)
    rates = [words / 1e6 / statistics.median(pair[i]["seconds"] for pair in runs) for i in (0, 1)]
    memory = [statistics.median(pair[i]["memory"] for pair in runs) / 1e6 for i in (0, 1)]
    figures = f"{rates[0]:.1f} | {rates[1]:.1f} | {ratio:.1f} × | {memory[0]:.0f} / {memory[1]:.0f}"
    row = f"| {task} | {path.name} | {figures} |"
    print(row, flush=True)
    return row


def speed(folder: Path, pairs: int) -> list[str]:
    from nearfield.datasets import text8_head, text_enwiki, text_zhwiki

    table = list(HEAD)
    english, n_english = unpacked(text_enwiki.path(), folder / "enwiki.txt")
    chinese, n_chinese = unpacked(text_zhwiki.path(), folder / "zhwiki.txt")
    compressed = folder / "enwiki.txt.gz"
    shutil.copy(text_enwiki.path(), compressed)
    small, n_small = unpacked(text8_head.path(), folder / "text8.txt", words_a_line=1000)
    for task, path, words, ours, gensim in [
        ("read, `whitespace` beside `corpus_file`", english, n_english, "whitespace", "corpus_file"),
        ("read, `en` beside `corpus_file`", english, n_english, "en", "corpus_file"),
        ("read, `en` beside `LineSentence`", english, n_english, "en", "LineSentence"),
        ("read, `en` beside `LineSentence`", compressed, n_english, "en", "LineSentence"),
        ("read, `whitespace` beside `corpus_file`", chinese, n_chinese, "whitespace", "corpus_file"),
        ("phrases, 1 pass", small, n_small, "", ""),
    ]:
        table.append(compare(task, path, words, ours, gensim, pairs))
    return table


def unpacked(source: Path, target: Path, words_a_line: int | None = None) -> tuple[Path, int]:
    """Write a gzip text as a plain one, in its own lines or in new ones; return its path and number of words."""
    text = gzip.decompress(source.read_bytes())
    words = text.split()
    if words_a_line:
        lines = (b" ".join(words[i : i + words_a_line]) for i in range(0, len(words), words_a_line))
        text = b"\n".join(lines) + b"\n"
    target.write_bytes(text)
    return target, len(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("speed", "all"):
        verbs.add_parser(verb).add_argument("--pairs", type=int, default=5)
    one = verbs.add_parser("one", help="a single run; prints JSON")
    for name in ("run", "path", "how"):
        one.add_argument(name)
    arguments = parser.parse_args()
    if arguments.verb == "one":
        run_one(arguments.run, arguments.path, arguments.how)
        return
    measured_on = machine("gensim", "numpy", "numba")
    print(measured_on, *HEAD, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        table = speed(Path(folder), arguments.pairs)
    if arguments.verb == "all":
        head = f"Printed by `python benchmarks/text.py all`: {arguments.pairs} pairs of runs. {measured_on}."
        write_results("text", ["# Text: beside gensim", "", head, "", *table])


if __name__ == "__main__":
    main()
