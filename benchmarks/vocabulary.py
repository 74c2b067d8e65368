"""Ten million distinct items: how long a vocabulary of them takes, and how much memory.

    python benchmarks/vocabulary.py all                    ten million
    python benchmarks/vocabulary.py all --items 1000000    fewer

Three ways to one, each in a process of its own: from keys and counts that are there; from a saved list, as `load` has
it; and from a log in which every item is seen twice, by `read_log` and `sessions`. Memory is the process's peak above
what it held before the keys were there. Writes `results/vocabulary.md`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from _paired import in_process, machine, markdown, peak_bytes, write_results

ITEMS = 10_000_000
HEAD = ["", "seconds", "memory, MB", "keys"]


def from_keys(folder: Path, n: int) -> tuple[float, int]:
    from nearfield.vocabulary import Vocabulary

    keys = [f"item-{i}" for i in range(n)]
    counts = np.arange(n, 0, -1)
    started = time.perf_counter()
    vocabulary = Vocabulary(keys, counts)
    seconds = time.perf_counter() - started
    assert vocabulary[keys[-1]] == n - 1
    return seconds, len(vocabulary)


def from_file(folder: Path, n: int) -> tuple[float, int]:
    from nearfield.files import read_keys
    from nearfield.vocabulary import Vocabulary

    started = time.perf_counter()
    vocabulary = Vocabulary(read_keys(folder / "keys.txt"))
    return time.perf_counter() - started, len(vocabulary)


def from_log(folder: Path, n: int) -> tuple[float, int]:
    import nearfield as nf

    started = time.perf_counter()
    sequences = nf.read_log(folder / "log.parquet").sessions("10min")
    assert sequences.n_tokens == 2 * n
    return time.perf_counter() - started, len(sequences.vocabulary)


WAYS = {"from keys": from_keys, "from a saved list": from_file, "from a log of twice as many events": from_log}


def run_one(way: str, folder: Path, n: int) -> None:
    """Run once; print the figures as JSON."""
    import nearfield  # its own imports are none of the memory

    idle = peak_bytes()
    seconds, found = WAYS[way](folder, n)
    assert nearfield.__version__
    print(json.dumps({"seconds": seconds, "memory": (peak_bytes() - idle) / 1e6, "keys": found}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--items", type=int, default=ITEMS)
    one = verbs.add_parser("one", help="a single run; prints JSON")
    one.add_argument("way")
    one.add_argument("folder", type=Path)
    one.add_argument("items", type=int)
    arguments = parser.parse_args()
    if arguments.verb == "one":
        run_one(arguments.way, arguments.folder, arguments.items)
        return
    n, rows = arguments.items, []
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), n)
        for way in WAYS:
            found = in_process(__file__, way, folder, n)
            rows.append([way, f"{found['seconds']:.1f}", f"{found['memory']:.0f}", f"{found['keys']:,}"])
    table = markdown(HEAD, rows)
    print(*table, sep="\n")
    if n == ITEMS:
        head = f"Printed by `python benchmarks/vocabulary.py all`: one run each. {machine('duckdb', 'numpy')}."
        write_results("vocabulary", ["# Ten million distinct items", "", head, "", *table])


def _write(folder: Path, n: int) -> None:
    """Write the keys as a list, and a log: every item twice, a thousand events to a user, a minute between them."""
    import duckdb

    duckdb.sql(
        f"COPY (SELECT 'user-' || range // 1000 AS user, 'item-' || range * 7 % {n} AS item, range * 60 AS time"
        f" FROM range({2 * n})) TO '{folder / 'log.parquet'}' (FORMAT parquet)"
    )
    with (folder / "keys.txt").open("w") as file:
        file.writelines(f"item-{i}\n" for i in range(n))


if __name__ == "__main__":
    main()
