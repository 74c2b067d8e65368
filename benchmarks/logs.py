"""Cleaning and splitting ten million events beside the same as SQL written by hand for DuckDB.

    python benchmarks/logs.py all                 10 million events, paired and alternating runs
    python benchmarks/logs.py all --copies 10     a million

The log is made from the two cuts of Taobao's: copies with users of their own, each shifted by a day and a second. It is
no real log of that size, but each copy is as real as the cut. Both sides read the same Parquet file, apply the same
rules, split at ten idle minutes, leave out items seen fewer than five times, and end with the same arrays in NumPy:
ids, offsets, times. Every run is a process of its own; seconds are those after imports, memory the process's peak above
what it held then. Writes `results/logs.md`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from _paired import in_process, machine, markdown, peak_bytes, write_results

COPIES = 95
HEAD = ["", "seconds", "memory, MB", "sessions", "tokens", "items"]

MAKE = """
COPY (
    SELECT "user" || '-' || copy AS "user", item, behaviour, CAST("time" AS BIGINT) + copy * 86401 AS "time"
    FROM read_csv([{files}], header = false, all_varchar = true,
                  names = ['user', 'item', 'category', 'behaviour', 'time']), range({copies}) AS copies(copy)
) TO '{target}' (FORMAT parquet)
"""

BY_HAND = """
CREATE TEMP TABLE counted AS
SELECT *,
    row_number() OVER (PARTITION BY "user", item, t, event ORDER BY place) AS copy,
    count(*) OVER (PARTITION BY "user", t // 60000000) AS per_minute,
    count(*) OVER (PARTITION BY "user", t // 3600000000) AS per_hour,
    count(*) OVER (PARTITION BY "user", t // 7776000000000) AS per_period,
    count(*) FILTER (event IN ('buy', 'purchase', 'order')) OVER (PARTITION BY "user", t // 7776000000000) AS bought,
    count(*) OVER (PARTITION BY "user", item, t // 86400000000) AS same_item,
    t - lag(t) OVER (PARTITION BY "user" ORDER BY t, place) AS gap
FROM (SELECT "user", item, behaviour AS event, "time" * 1000000 AS t, row_number() OVER () AS place
      FROM read_parquet('{path}')) WHERE t >= 1;
CREATE TEMP TABLE kept AS
SELECT "user", item, t, place FROM (
    SELECT *,
        max(per_minute) OVER w > 100 OR max(per_hour) OVER w > 1500 OR max(per_period) OVER w > 3500
            OR max(bought) OVER w > 1000
            OR (count(gap) OVER w >= 29 AND stddev_pop(gap) OVER w < 0.05 * avg(gap) OVER w) AS machine
    FROM counted WINDOW w AS (PARTITION BY "user")
) WHERE copy = 1 AND NOT machine AND same_item <= 200;
CREATE TEMP TABLE vocabulary AS
SELECT item, row_number() OVER (ORDER BY count(*) DESC, item) - 1 AS id FROM kept GROUP BY item HAVING count(*) >= 5;
"""
SESSIONS = """
WITH begun AS (
    SELECT *, coalesce(t - lag(t) OVER (PARTITION BY "user" ORDER BY t, place) > 600000000, true) AS begins FROM kept
), numbered AS (
    SELECT *, sum(begins::INT) OVER (PARTITION BY "user" ORDER BY t, place) AS session FROM begun
)
SELECT id, t, row_number() OVER (PARTITION BY "user", session ORDER BY t, place) = 1 AS first
FROM numbered JOIN vocabulary USING (item) ORDER BY "user", t, place
"""


# ---- one run, in a process of its own ------------------------------------------------------------------------------


def run_ours(path: str) -> tuple[int, int, int]:
    import nearfield as nf

    log = nf.read_log(path, event="behaviour", time_unit="s").clean()
    sequences = log.sessions("10min", min_count=5)
    return len(sequences), sequences.n_tokens, len(sequences.vocabulary)


def run_by_hand(path: str) -> tuple[int, int, int]:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        engine = duckdb.connect(f"{folder}/log.duckdb", config={"temp_directory": f"{folder}/spill"})
        engine.execute(BY_HAND.format(path=path))
        n_items = engine.sql("SELECT item FROM vocabulary ORDER BY id").fetchall()
        ids, times, begins, seen = [], [], [], 0
        for batch in engine.sql(SESSIONS).to_arrow_reader(1 << 18):
            ids.append(batch.column(0).to_numpy().astype(np.int32))
            times.append(batch.column(1).to_numpy())
            begins.append(seen + np.flatnonzero(batch.column(2).to_numpy(zero_copy_only=False)))
            seen += len(batch)
        tokens, offsets = np.concatenate(ids), np.concatenate([*begins, [seen]])
        assert len(np.concatenate(times)) == len(tokens)
        return len(offsets) - 1, len(tokens), len(n_items)


RUNS = {"nearfield": run_ours, "SQL by hand": run_by_hand}


def run_one(name: str, path: str) -> None:
    """Run once on a tiny log, to have everything imported, then on the log; print the figures as JSON."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        small = f"{folder}/small.parquet"
        rows = "SELECT 'u' AS user, 'i' || range % 2 AS item, 'pv' AS behaviour, 1000000000 + 100 * range AS time"
        duckdb.sql(f"COPY ({rows} FROM range(12)) TO '{small}' (FORMAT parquet)")
        RUNS[name](small)
    idle, started = peak_bytes(), time.perf_counter()
    found = RUNS[name](path)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "memory": (peak_bytes() - idle) / 1e6, "found": found}))


# ---- many runs -----------------------------------------------------------------------------------------------------


def make_log(target: Path, copies: int) -> int:
    """Write the log; return how many events it has."""
    import duckdb

    from nearfield.datasets import taobao

    files = ", ".join(f"'{path}'" for path in (taobao.two_hours(), taobao.nine_days()))
    duckdb.sql(MAKE.format(files=files, copies=copies, target=target))
    return duckdb.sql(f"SELECT count(*) FROM read_parquet('{target}')").fetchall()[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--copies", type=int, default=COPIES)
    everything.add_argument("--pairs", type=int, default=3)
    one = verbs.add_parser("one", help="a single run; prints JSON")
    one.add_argument("name")
    one.add_argument("path")
    arguments = parser.parse_args()
    if arguments.verb == "one":
        run_one(arguments.name, arguments.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.parquet")
        events = make_log(path, arguments.copies)
        measured_on = f"{events:,} events; {machine('duckdb', 'ibis-framework', 'numpy')}"
        print(measured_on, flush=True)
        runs = [{name: in_process(__file__, name, path) for name in RUNS} for _ in range(arguments.pairs)]
    if len({tuple(one["found"]) for pair in runs for one in pair.values()}) > 1:
        sys.exit(f"the two do not find the same: {runs}")
    rows = []
    for name in RUNS:
        seconds, memory = (statistics.median(pair[name][what] for pair in runs) for what in ("seconds", "memory"))
        rows.append([name, f"{seconds:.1f}", f"{memory:.0f}", *(f"{n:,}" for n in runs[0][name]["found"])])
    ratios = [pair["nearfield"]["seconds"] / pair["SQL by hand"]["seconds"] for pair in runs]
    ratio = (
        f"nearfield's time by that of the SQL: {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})."
    )
    table = [*markdown(HEAD, rows), "", ratio]
    print(*table, sep="\n")
    if arguments.copies == COPIES:
        head = f"Printed by `python benchmarks/logs.py all`: medians of {arguments.pairs} pairs. {measured_on}."
        write_results("logs", ["# Behaviour logs beside SQL by hand", "", head, "", *table])


if __name__ == "__main__":
    main()
