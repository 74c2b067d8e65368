"""Updates beside training anew: real logs, a text and a graph, slice by slice, learnt by every strategy.

    python benchmarks/update.py all                             every stream
    python benchmarks/update.py all --data "ml-100k by week"    some

All but gensim begin with the same fit of the first slice. Each later slice is foretold ("next"), then learnt, and from
then on looked back at ("old": the mean over all slices behind the one just learnt); what is foretold is never learnt.
Both are also given as shares of what "retrain" reaches: a fit of everything so far, with the same settings and the same
seed, after every slice. "forgetting" and "backward" are those of Chaudhry et al. 2018 and Lopez-Paz & Ranzato 2017;
"lowest" is min-ACC of De Lange et al. 2023, for ml-100k also in the midst of updates. "overlap@10" is the share of the
ten nearest neighbours that an update leaves to keys that the slice does not name. Seconds are processor time of the
median update, one thread. Figures are means over several fits, by their seeds, and ± says how far shares differ from
one to the next (standard deviation); of the texts there is one. Strategies have the defaults of
`nearfield.update` where nothing else is said; "as a fit" is fine-tuning with the rate and the epochs of a fit, which is
what gensim's `update=True` does.

Each stream is a process of its own, and so is gensim's part of it. Rows go to `results/update.md` as they are measured;
rows of other streams stay there. `results/update.svg` has the first slice of ml-100k in the midst of updates of the
first fit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import RESULTS, earlier_rows, in_process, machine, markdown, write_results
from _streams import STREAMS

if TYPE_CHECKING:
    from nearfield import Word2Vec
    from nearfield.update.streams.replay import Learner
    from nearfield.update.streams.result import StreamResult

COLUMNS = (
    *("next", "next of retrain", "old", "old of retrain", "forgetting", "backward", "min-ACC", "overlap@10"),
    *("seconds", "seconds of retrain"),
)
HEAD = ["stream", "learner", *("lowest" if name == "min-ACC" else name for name in COLUMNS)]
SPREAD = ("next of retrain", "old of retrain")
CURVE = "ml-100k by week"
SHOWN = ("no update", "retrain", "fine_tune as a fit", "fine_tune", "settle", "replay+settle")


def learners_of(fit: Word2Vec) -> list[Learner]:
    """Every strategy by its defaults, naive fine-tuning, and mixes with more of the old; of a graph the first alone."""
    from nearfield import DeepWalk
    from nearfield.update import Replay, Settle
    from nearfield.update.streams.replay import Learner

    names = ("fine_tune", "replay", "lwf", "ewc", "freeze", "settle", "replay+lwf", "replay+settle")
    if isinstance(fit, DeepWalk):
        return [*map(Learner.of, ("retrain", *names))]
    return [
        Learner.of("retrain"),
        Learner.of("retrain", name="retrain, another seed", seed=fit.seed + 1),
        Learner.of("fine_tune", name="fine_tune as a fit", alpha=fit.alpha, epochs=fit.epochs),
        *map(Learner.of, names),
        Learner.of([Replay(choice="reservoir"), Settle()], name="replay, evenly, + settle"),
        Learner.of([Replay(39.0), Settle()], name="replay of 39 × + settle, 2 epochs", epochs=2),
    ]


def run_one(data: str, whose: str) -> None:
    """Replay a stream for our learners or for gensim's, once for each seed; print the results as JSON."""
    from nearfield.update.streams.replay import Learner, evaluate_stream

    stream, results = STREAMS[data](), []
    for seed in range(1, stream.seeds + 1):
        first: Any = type(stream.estimator)(**stream.estimator.get_params() | {"seed": seed})
        learners = learners_of(first)
        if whose == "gensim":
            from _gensim_stream import Gensim

            first = Gensim(first)
            learners = [Learner("gensim, update=True", first.update)]
        results.append(
            evaluate_stream(
                stream.slices, first, learners, score=stream.score, measure=stream.measure, portions=stream.portions
            )
        )
    print(json.dumps({"results": [one.as_dict() for one in results]}))


def result_of(content: dict[str, Any], more: dict[str, Any] | None) -> StreamResult:
    """The result that was printed, with the learners of another one behind its own."""
    from nearfield.update.streams.result import ARRAYS, Course, StreamResult

    theirs = more["courses"] if more else []
    for one in theirs[:1]:  # gensim begins with a fit of its own
        one["learner"] = "gensim, no update"
    courses = [*content["courses"], *theirs]
    return StreamResult(
        content["measure"],
        tuple(content["slices"]),
        tuple(Course(one["learner"], *(array(name, one[name]) for name in ARRAYS)) for one in courses),
    )


def array(name: str, values: list[Any]) -> np.ndarray:
    """The array of a course that was printed; None is NaN."""
    return np.array(values, np.int64 if name in ("learning", "nbytes") else np.float64)


def compare(data: Sequence[str]) -> None:
    """Run streams; print their rows, and put them into the table of results."""
    for name in data:
        results = results_of(name)
        rows = [[name, one, *cells([result.figures(one) for result in results])] for one in results[0].names]
        print(*markdown(HEAD, rows)[2:], sep="\n", flush=True)
        keep(name, rows)
        if name == CURVE:
            draw(results[0])


def results_of(name: str) -> list[StreamResult]:
    """One for each seed."""
    ours, theirs = in_process(__file__, name, "ours")["results"], gensims(name)
    return [result_of(one, theirs[i] if theirs else None) for i, one in enumerate(ours)]


def gensims(name: str) -> list[dict[str, Any]] | None:
    """What gensim's learners did; None for a graph, or where gensim fails, with what it said on standard error."""
    if "graph" in name:
        return None
    try:
        found: list[dict[str, Any]] = in_process(__file__, name, "gensim")["results"]
        return found
    except SystemExit as failure:
        print(f"gensim: {failure}", file=sys.stderr)
        return None


def cells(figures: list[dict[str, float]]) -> list[str]:
    """The means over seeds; behind shares of scores how far they differ, where there are several."""
    from nearfield.update.streams.result import shown

    found = []
    for name in COLUMNS:
        values = np.array([one[name] for one in figures])
        spread = f" ± {100 * values.std(ddof=1):.1f}" if name in SPREAD and len(values) > 1 else ""
        found.append(shown(name, float(values.mean())) + spread)
    return found


def keep(name: str, rows: list[list[str]]) -> None:
    """Put the rows of a stream into the table of results, in the place of those it had."""
    table = [row for row in earlier_rows("update") if row[0] != name] + rows
    table.sort(key=lambda row: list(STREAMS).index(row[0]))
    head = (
        f"Printed by `python benchmarks/update.py all`, whose head says what is measured. {machine('gensim', 'numpy')}."
    )
    write_results("update", ["# Updates", "", head, "", *markdown(HEAD, table)])


def draw(result: StreamResult) -> None:
    """Write the curve of the first slice as a picture."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "update"
    figure, axes = plt.subplots(figsize=(10, 4.5), layout="constrained")
    for name in SHOWN:
        course = result[name]
        axes.plot(course.moments, course.curve[:, 0], marker=".", label=name)
    axes.set(xlabel="slices learnt", ylabel=f"{result.measure}, on the first slice")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper")
    figure.savefig(RESULTS / "update.svg", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--data", nargs="+", choices=STREAMS, default=list(STREAMS))
    one = verbs.add_parser("one", help="a single stream; prints JSON")
    one.add_argument("data")
    one.add_argument("whose", choices=("ours", "gensim"))
    arguments = parser.parse_args()
    if arguments.verb == "one":
        run_one(arguments.data, arguments.whose)
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # matrix products have threads of their own, which wait by working
    print(machine("gensim", "numpy"), *markdown(HEAD, [])[:2], sep="\n", flush=True)
    compare(arguments.data)


if __name__ == "__main__":
    main()
