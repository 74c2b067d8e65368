"""Cleaning and splitting ten million events beside the same as SQL written by hand for DuckDB.

    python benchmarks/logs.py all                 10 million events, rounds of alternating runs
    python benchmarks/logs.py all --copies 10     a million

The log is made from the two cuts of Taobao's: copies with users of their own, each shifted by a day and a second. It is
no real log of that size, but each copy is as real as the cut. Both sides read the same Parquet file, apply the same
rules, split at ten idle minutes, leave out items seen fewer than five times, and end with the same arrays in NumPy:
ids, offsets, times. The SQL is written twice: with a window for each rule over all events, as the rules read, and with
windows over those users only who have enough events to break a rule, as nearfield's expressions have it. The SQL counts
nothing for a report. Once more, nearfield runs on a DuckDB that may hold no more than a gigabyte. Every run is a
process of its own; seconds are those after imports, once by the clock and once of all cores' work, memory the process's
peak above what it held then. Writes `results/logs.md`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from _paired import in_process, machine, markdown, peak_bytes, write_results

COPIES = 95
LITTLE = "1GB"
HEAD = ["", "seconds", "seconds of cores", "memory, MB", "sessions", "tokens", "items"]

MAKE = """
COPY (
    SELECT "user" || '-' || copy AS "user", item, behaviour, CAST("time" AS BIGINT) + copy * 86401 AS "time"
    FROM read_csv([{files}], header = false, all_varchar = true,
                  names = ['user', 'item', 'category', 'behaviour', 'time']), range({copies}) AS copies(copy)
) TO '{target}' (FORMAT parquet)
"""

READ = """
CREATE TEMP TABLE log AS
SELECT "user", item, behaviour AS event, "time" * 1000000 AS t, row_number() OVER () AS place
FROM read_parquet('{path}');
"""
BOUGHT = "event IN ('buy', 'purchase', 'order')"
WINDOWS = f"""
CREATE TEMP TABLE counted AS
SELECT *,
    row_number() OVER (PARTITION BY "user", item, t, event ORDER BY place) AS copy,
    t - lag(t, 100) OVER w AS minute,
    t - lag(t, 1500) OVER w AS hour,
    t - lag(t, 3500) OVER w AS period,
    CASE WHEN {BOUGHT} THEN t - lag(t, 1000) OVER (PARTITION BY "user", {BOUGHT} ORDER BY t) END AS bought,
    t - lag(t, 200) OVER (PARTITION BY "user", item ORDER BY t) AS same_item,
    t - lag(t) OVER w AS gap
FROM log WHERE t >= 1 WINDOW w AS (PARTITION BY "user" ORDER BY t);
CREATE TEMP TABLE kept AS
SELECT "user", item, t, place FROM (
    SELECT *,
        coalesce(min(minute) OVER w < 60000000, false) OR coalesce(min(hour) OVER w < 3600000000, false)
            OR coalesce(min(period) OVER w < 7776000000000, false)
            OR coalesce(min(bought) OVER w < 7776000000000, false)
            OR coalesce(count(gap) OVER w >= 29 AND stddev_pop(gap) OVER w < 0.05 * avg(gap) OVER w, false)
            OR coalesce(min(same_item) OVER (PARTITION BY "user", item) < 86400000000, false) AS machine
    FROM counted WINDOW w AS (PARTITION BY "user")
) WHERE copy = 1 AND NOT machine;
"""
FEW_USERS = f"""
CREATE TEMP TABLE users AS SELECT "user", count(*) AS n FROM log GROUP BY "user";
CREATE TEMP TABLE machines AS
SELECT "user" FROM (
    SELECT "user",
        t - lag(t, 100) OVER w AS minute,
        t - lag(t, 1500) OVER w AS hour,
        t - lag(t, 3500) OVER w AS period,
        CASE WHEN {BOUGHT} THEN t - lag(t, 1000) OVER (PARTITION BY "user", {BOUGHT} ORDER BY t) END AS bought,
        t - lag(t) OVER w AS gap
    FROM log WHERE "user" IN (SELECT "user" FROM users WHERE n >= 30) WINDOW w AS (PARTITION BY "user" ORDER BY t)
) GROUP BY "user" HAVING min(minute) < 60000000 OR min(hour) < 3600000000 OR min(period) < 7776000000000
    OR min(bought) < 7776000000000 OR (count(gap) >= 29 AND stddev_pop(gap) < 0.05 * avg(gap));
CREATE TEMP TABLE hammered AS
SELECT "user", item FROM (
    SELECT "user", item, t - lag(t, 200) OVER (PARTITION BY "user", item ORDER BY t) AS same_item
    FROM log WHERE "user" IN (SELECT "user" FROM users WHERE n > 200)
) GROUP BY "user", item HAVING min(same_item) < 86400000000;
CREATE TEMP TABLE kept AS
SELECT "user", item, t, place FROM log ANTI JOIN machines USING ("user") ANTI JOIN hammered USING ("user", item)
WHERE t >= 1 QUALIFY row_number() OVER (PARTITION BY "user", item, t, event ORDER BY place) = 1;
"""
VOCABULARY = """
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


def run_by_hand(path: str, cleaning: str) -> tuple[int, int, int]:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        engine = duckdb.connect(f"{folder}/log.duckdb", config={"temp_directory": f"{folder}/spill"})
        engine.execute(READ.format(path=path) + cleaning + VOCABULARY)
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


def run_ours_in_little_memory(path: str) -> tuple[int, int, int]:
    import ibis

    import nearfield as nf

    with tempfile.TemporaryDirectory() as folder:
        engine = ibis.duckdb.connect(f"{folder}/log.duckdb", temp_directory=f"{folder}/spill", memory_limit=LITTLE)
        log = nf.read_log(engine.read_parquet(path), event="behaviour", time_unit="s").clean()
        sequences = log.sessions("10min", min_count=5)
        return len(sequences), sequences.n_tokens, len(sequences.vocabulary)


OURS, IN_LITTLE = "nearfield", f"nearfield, DuckDB held to {LITTLE}"
RUNS = {
    OURS: run_ours,
    IN_LITTLE: run_ours_in_little_memory,
    "SQL by hand, windows": partial(run_by_hand, cleaning=WINDOWS),
    "SQL by hand, few users": partial(run_by_hand, cleaning=FEW_USERS),
}


def run_one(name: str, path: str) -> None:
    """Run once on a tiny log, to have everything imported, then on the log; print the figures as JSON."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        small = f"{folder}/small.parquet"
        rows = "SELECT 'u' AS user, 'i' || range % 2 AS item, 'pv' AS behaviour, 1000000000 + 100 * range AS time"
        duckdb.sql(f"COPY ({rows} FROM range(12)) TO '{small}' (FORMAT parquet)")
        RUNS[name](small)
    idle, started, worked = peak_bytes(), time.perf_counter(), time.process_time()
    found = RUNS[name](path)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "work": work, "memory": (peak_bytes() - idle) / 1e6, "found": found}))


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
    everything.add_argument("--pairs", type=int, default=3, help="rounds")
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
        whats = ("seconds", "work", "memory")
        seconds, work, memory = (statistics.median(pair[name][what] for pair in runs) for what in whats)
        found = (f"{n:,}" for n in runs[0][name]["found"])
        rows.append([name, f"{seconds:.1f}", f"{work:.1f}", f"{memory:.0f}", *found])
    by_hand = {
        name: [pair[OURS]["seconds"] / pair[name]["seconds"] for pair in runs]
        for name in RUNS
        if name not in (OURS, IN_LITTLE)
    }
    ratios = [
        f"{statistics.median(found):.2f} ({min(found):.2f}–{max(found):.2f}) of that of {name}"
        for name, found in by_hand.items()
    ]
    ratio = (
        f"Nearfield's time is {', '.join(ratios)}: medians of the ratios within a round, the lowest and the highest."
    )
    table = [*markdown(HEAD, rows), "", ratio]
    print(*table, sep="\n")
    if arguments.copies == COPIES:
        head = f"Printed by `python benchmarks/logs.py all`: medians of {arguments.pairs} rounds. {measured_on}."
        write_results("logs", ["# Behaviour logs beside SQL by hand", "", head, "", *table])


if __name__ == "__main__":
    main()
