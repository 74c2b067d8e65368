"""`nearfield demo`: the main job on real data, from who watched what to what to watch next."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearfield.cli.output import print_rows

if TYPE_CHECKING:
    from nearfield.evaluate import Cases, RetrievalResult
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

LIKED = ("Star Wars (1977)", "Alien (1979)", "Cinderella (1950)")
WATCHED = ("Toy Story (1995)", "Lion King, The (1994)", "Aladdin (1992)")
MIN_COUNT = 5
K = 10
# chosen by each person's last film but one, which is not asked for in the end
LAST, DECAY, NS_EXPONENT = 5, 0.8, 0.0


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to save the vectors to.")
    ] = Path("nearfield-demo/movies"),
) -> None:
    """Learn film vectors from MovieLens 100k, ask them, and measure them beside popularity."""
    from nearfield.evaluate import leave_last_out
    from nearfield.files import check_folder_target

    check_folder_target(output, "vectors")
    with _step("Reading MovieLens 100k: who watched which film, and when"):
        sequences = _read()
        train, cases = leave_last_out(sequences)
        print(f"  {len(train):,} people watched {sequences.n_tokens:,} films; the last film of each is put aside")
    with _step("Learning each film from the films that were watched before it"):
        vectors = _learn(train)
        print(f"  {len(vectors):,} films that at least {MIN_COUNT} people watched, {vectors.dim} dimensions each")
    with _step("What is alike? The nearest by cosine"):
        for film in LIKED:
            print(f"  {film}: {' · '.join(key for key, _ in vectors.similar(film, k=3))}")
    with _step(f"What comes next? After {' · '.join(WATCHED)}"):
        for film, score in vectors.next(WATCHED, k=5, exclude=WATCHED, decay=DECAY):
            print(f"  {score:5.2f}  {film}")
    with _step(f"Is the film put aside among the first {K} of all that its viewer had not watched?"):
        _measure(vectors, train, cases)
    with _step(f"Saving to {output}"):
        vectors.save(output)
    print("Try next:")
    print(f"  {_command('similar', output, LIKED[0])}")
    print(f"  {_command('next', output, *LIKED[:2])}")


def _read() -> Sequences:
    """The films of each person, oldest first, by title: what stands in the data under two numbers is one film."""
    import polars

    from nearfield.datasets import movielens_100k
    from nearfield.logs import read_log

    data = movielens_100k.load()
    titles = polars.col("item").replace_strict(data.titles)
    log = read_log(data.interactions.with_columns(title=titles), item="title", time_unit="us").clean()
    print(f"  {str(log.report).splitlines()[-1]} after a look for machines and broken clocks")
    return log.sessions(gap=None)


def _learn(train: Sequences) -> Vectors:
    from nearfield.embed import ItemEmbedding

    # one worker: the same figures every time
    return ItemEmbedding(ns_exponent=NS_EXPONENT, min_count=MIN_COUNT, workers=1).fit(train).vectors_


def _measure(vectors: Vectors, train: Sequences, cases: Cases) -> None:
    """Rank all unseen films for everybody: by `next`, by what others watched, by how many people watched them."""
    from nearfield.evaluate import ItemKNN, Popularity, item_retrieval

    rows = [
        _figures("next", item_retrieval(vectors, cases, k=K, last=LAST, decay=DECAY)),
        _figures("watched by the same people", item_retrieval(ItemKNN().fit(train), cases, k=K)),
        _figures("the most watched", item_retrieval(Popularity(train), cases, k=K)),
    ]
    print_rows(("  ranked by", f"HR@{K}", "95 % interval", f"NDCG@{K}", "95 % interval"), rows, as_json=False)


def _figures(name: str, result: RetrievalResult) -> tuple[str | float, ...]:
    intervals = [f"{low:.3f} to {high:.3f}" for low, high in (result.hit_rate_interval, result.ndcg_interval)]
    return f"  {name}", result.hit_rate, intervals[0], result.ndcg, intervals[1]


@contextmanager
def _step(heading: str) -> Iterator[None]:
    """Print a heading, and after the step how long it took."""
    print(heading, flush=True)
    started = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - started:.1f} s\n", flush=True)


def _command(verb: str, *arguments: str | Path) -> str:
    """How to call this program from here, as a shell wants it."""
    program = Path(sys.executable).with_name("nearfield")
    if shutil.which("nearfield") == str(program):
        program = Path("nearfield")
    elif program.is_relative_to(Path.cwd()):
        program = Path(os.path.relpath(program))
    return shlex.join([str(program), verb, *map(str, arguments)])
