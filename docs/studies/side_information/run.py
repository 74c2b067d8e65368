"""Does side information help (GES, EGES), where an item is known, and where it has never been seen?

    python docs/studies/side_information/run.py             all data sets, some ten minutes on one core
    python docs/studies/side_information/run.py ml-100k     some data sets; the others stay in the table

**Known items**: the last item of each history is put aside and ranked among all items that the history does not hold.
Rate and epochs of each method are the best of a few on the last item but one.
Learnt from the sequences themselves, and from walks over the item graph that they make, as the paper does.

**Cold items**: a twentieth of the items is taken out of the training altogether. The histories whose last item is one
of them foretell it by its side information alone: among the cold items, and among all.

Writes `table.md` beside this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nearfield as nf
from nearfield.datasets import amazon_beauty, diginetica, movielens_100k
from nearfield.embed import cold_items
from nearfield.evaluate import Cases, leave_last_out, next_item
from nearfield.merging import merge

HERE = Path(__file__).parent
K = 10
COLD = 0.05
QUERY: dict[str, Any] = {"decay": 0.8, "unknown": "skip"}
LAST = 5
SETTINGS: dict[str, Any] = {"workers": 1, "seed": 1, "verbose": False}
WALKS = {"num_walks": 10, "walk_length": 10, "seed": 1}  # as long as in the paper (section 3.1)
HEAD = ["data", "items", "learnt from", "method", f"HR@{K}", "95 %", f"NDCG@{K}", "95 %", "chosen"]

Side = dict[str, dict[str, list[str]]]
Settings = dict[str, Any]
Lists = list[list[tuple[str, float]]]


class Shop(NamedTuple):
    """Histories, and what is known of the items."""

    sequences: nf.Sequences
    side: Side


def films() -> Shop:
    data = movielens_100k.load()
    return Shop(data.sequences(), {"genre": data.genres})


def beauty() -> Shop:
    data = amazon_beauty.load()
    return Shop(data.sequences(), {"attribute": data.attributes})


def products() -> Shop:
    data = diginetica.load()
    return Shop(data.sequences(), {"category": {item: [one] for item, one in data.categories.items()}})


DATA: dict[str, Callable[[], Shop]] = {"ml-100k": films, "beauty": beauty, "diginetica": products}
GRID = [{"alpha": 0.05, "epochs": 20}, {"alpha": 0.05, "epochs": 40}, {"alpha": 0.1, "epochs": 80}]
FOR_COLD = GRID[1]  # there is no item but one before one that is new
METHODS = ("ItemEmbedding", "GES", "EGES")


def learn(method: str, sequences: nf.Sequences, side: Side, chosen: Settings) -> nf.Vectors:
    """Train by one of the methods."""
    if method == "ItemEmbedding":
        return nf.ItemEmbedding(**chosen, **SETTINGS).fit(sequences).vectors_
    return nf.EGES(attention=method == "EGES", **chosen, **SETTINGS).fit(sequences, side=side).vectors_


def known_items(name: str, shop: Shop) -> list[list[str]]:
    """Rank what came last."""
    train, cases = leave_last_out(shop.sequences)
    earlier, last_but_one = leave_last_out(train)
    rows = []
    for source, prepared in (("sequences", lambda some: some), ("walks", walks)):
        for method in METHODS:
            tried = [
                next_item(
                    asked(learn(method, prepared(earlier), shop.side, one), last_but_one), last_but_one.targets, k=K
                )
                for one in GRID
            ]
            chosen = GRID[int(np.argmax([result.to_dict()["ndcg"] for result in tried]))]
            lists = asked(learn(method, prepared(train), shop.side, chosen), cases)
            rows.append([name, "known", source, method, *figures(lists, cases.targets), shown(chosen)])
            print(rows[-1], flush=True)
    return rows


def walks(sequences: nf.Sequences) -> nf.Sequences:
    return nf.random_walks(nf.Graph.from_sessions(sequences), **WALKS)


def asked(vectors: nf.Vectors, cases: Cases) -> Lists:
    """What comes next, for each history."""
    recent = [history[-LAST:] for history in cases.histories]
    return vectors.next_batch(recent, k=K, exclude=known_of(vectors, cases.histories), **QUERY)


def shown(chosen: Settings) -> str:
    return ", ".join(f"{name} {value}" for name, value in chosen.items())


def new_items(name: str, shop: Shop) -> list[list[str]]:
    """Rank what came last where it is an item that the training has not seen."""
    train, cases = leave_last_out(shop.sequences)
    keys = np.array(train.vocabulary.keys)
    hidden = set(np.random.default_rng(1).choice(keys, int(COLD * len(keys)), replace=False).tolist())
    hidden = {item for item in hidden if any(item in values for values in shop.side.values())}
    warm = nf.Sequences.from_lists([[item for item in history if item not in hidden] for history in cases.histories])
    chosen = [i for i, target in enumerate(cases.targets) if target[0] in hidden]
    histories = [[item for item in cases.histories[i] if item not in hidden] for i in chosen]
    chosen = [i for i, history in zip(chosen, histories, strict=True) if history]
    histories = [history for history in histories if history]
    targets = [cases.targets[i] for i in chosen]
    rows = []
    for method, (vectors, cold) in cold_starts(warm, hidden, shop.side).items():
        everything = merge(vectors, cold)
        recent = [history[-LAST:] for history in histories]
        means = np.stack([vectors.profile(history, **QUERY) for history in recent])
        answered = {
            "next": (cold.next_batch(means, k=K), everything.next_batch(means, k=K, exclude=histories)),
            "similar": (cold.similar_batch(means, k=K), everything.similar_batch(means, k=K, exclude=histories)),
        }
        for question, answers in answered.items():
            for where, lists in zip(("cold, among the cold", "cold, among all"), answers, strict=True):
                judged = figures(lists, targets)
                rows.append(
                    [name, f"{where} ({len(targets)})", "sequences", f"{method}: {question}", *judged, shown(FOR_COLD)]
                )
                print(rows[-1], flush=True)
    chance = K / len(hidden), K / len(keys)
    for where, share in zip(("cold, among the cold", "cold, among all"), chance, strict=True):
        rows.append([name, f"{where} ({len(targets)})", "–", "chance", f"{share:.3f}", "", "", "", ""])
    return rows


def cold_starts(warm: nf.Sequences, hidden: Iterable[str], side: Side) -> dict[str, tuple[nf.Vectors, nf.Vectors]]:
    """The vectors of known items and of cold ones, by each method that has some for the latter."""
    found = {}
    plain = learn("ItemEmbedding", warm, side, FOR_COLD)
    kinds = {item: {"all": tuple(sorted(of_item(item, side)))} for item in [*plain.keys, *hidden]}
    new = {item: kinds[item] for item in hidden}
    found["mean of the items of the same values"] = plain, cold_items(plain, new, kinds, same=["all"])
    for method, attention in (("GES", False), ("EGES", True)):
        model = nf.EGES(attention=attention, **FOR_COLD, **SETTINGS).fit(warm, side=side)
        new_side = {item: {field: values[item] for field, values in side.items() if item in values} for item in hidden}
        found[method] = model.vectors_, model.cold(new_side, unknown="skip")
    return found


def of_item(item: str, side: Side) -> list[str]:
    return [f"{field}={value}" for field, values in side.items() for value in values.get(item, ())]


def known_of(vectors: nf.Vectors, histories: list[list[str]]) -> list[list[str]]:
    return [[item for item in history if item in vectors] for history in histories]


def figures(lists: Lists, targets: list[list[str]]) -> list[str]:
    """Hit rate and NDCG with their intervals, as cells."""
    judged = next_item(lists, targets, k=K).to_dict()
    cells = []
    for name in ("hit_rate", "ndcg"):
        low, high = judged[f"{name}_interval"]
        cells += [f"{judged[name]:.3f}", f"{low:.3f}–{high:.3f}"]
    return cells


def write(rows: list[list[str]]) -> None:
    """Put rows into the table, in the place of those of the same data sets."""
    path = HERE / "table.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    before = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    fresh = {row[0] for row in rows}
    kept = [row for row in before if row[0] not in fresh] + rows
    kept.sort(key=lambda row: list(DATA).index(row[0]))
    table = [f"| {' | '.join(row)} |" for row in [HEAD, ["---"] * len(HEAD), *kept]]
    path.write_text("\n".join(table) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", metavar="data", help=f"of {', '.join(DATA)}")
    chosen = parser.parse_args().data or list(DATA)
    if unknown := set(chosen).difference(DATA):
        parser.error(f"no data set {unknown.pop()!r}; there are {', '.join(DATA)}")
    for name in chosen:
        shop = DATA[name]()
        write([*known_items(name, shop), *new_items(name, shop)])


if __name__ == "__main__":
    main()
