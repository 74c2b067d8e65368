"""Do items that lack a tag turn up when the tag is asked together with its neighbours?

    python docs/studies/tag_search/run.py

Takes away a random part of the tags of films (MovieLens 100k, genres) and of news (MIND, categories and subcategories)
before anything is learnt of tags, asks for every tag, and counts how many items come back whose tag was taken away:
the exact match cannot find them. Writes `table.md` beside this file; a few minutes on one core.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nearfield as nf
from nearfield.datasets import mind_sample, movielens_100k
from nearfield.embed import tagged_sequences
from nearfield.evaluate.accuracy import accuracy, find_targets
from nearfield.evaluate.diversity import intra_list_diversity
from nearfield.search import TagSearch

HERE = Path(__file__).parent
SEEDS = range(1, 6)
HIDDEN = 0.3  # of all (item, tag) pairs
K = 50
FEWEST = 5  # hidden items of a tag, for its recall to mean something
PREFIX = "tag:"

FIELD = "is"  # what EGES calls the tags

Tags = dict[str, list[str]]
Found = list[tuple[str, float]]
Search = Callable[[str, Iterable[str]], Found]  # a tag, and items to leave out
Figures = dict[str, np.ndarray]


class Collection(NamedTuple):
    """Items with tags and sequences to learn from; `item_vectors` makes vectors of items from those of sequences."""

    name: str
    tags: Tags
    sequences: nf.Sequences
    learn: Callable[[nf.Sequences, int], nf.Vectors]
    item_vectors: Callable[[nf.Vectors], nf.Vectors]
    tagged: Callable[[Tags], nf.Sequences]
    popularity: Mapping[str, int]
    kinds: Mapping[str, str]  # tag → what kind of tag it is
    attend: Callable[[Tags, int], nf.EGES] | None = None  # learns from histories of the tagged items themselves


def films() -> Collection:
    """Films are what people rated one after another; a popular film is one that many rated."""
    data = movielens_100k.load()
    sequences = data.sequences()
    tags = {film: [PREFIX + genre for genre in genres] for film, genres in data.genres.items()}

    def learn(histories: nf.Sequences, seed: int) -> nf.Vectors:
        model = nf.ItemEmbedding(direction="both", epochs=30, seed=seed, workers=1, verbose=False)
        return model.fit(histories).vectors_

    def items(vectors: nf.Vectors) -> nf.Vectors:
        return vectors.subset(key for key in vectors.keys if not key.startswith(PREFIX))

    def attend(kept: Tags, seed: int) -> nf.EGES:
        model = nf.EGES(direction="both", epochs=30, seed=seed, workers=1, verbose=False)
        return model.fit(sequences, side={FIELD: kept})

    return Collection(
        "films",
        tags,
        sequences,
        learn,
        items,
        lambda kept: tagged_sequences(sequences, kept),
        popularity=Counter(key for i in range(len(sequences)) for key in sequences.keys(i)),
        kinds={tag: "genres" for given in tags.values() for tag in given},
        attend=attend,
    )


def news() -> Collection:
    """News are their titles; a popular article is one that many clicked."""
    data = mind_sample.load()
    titles = {row["item"]: re.findall(r"[a-z]+", row["title"].lower()) for row in data.news.iter_rows(named=True)}
    tags = {
        row["item"]: sorted({PREFIX + row["category"], PREFIX + row["subcategory"]})
        for row in data.news.iter_rows(named=True)
    }

    def learn(sentences: nf.Sequences, seed: int) -> nf.Vectors:
        model = nf.Word2Vec(vector_size=50, min_count=2, epochs=30, window=10, seed=seed, workers=1, verbose=False)
        return model.fit(sentences).vectors_

    def items(vectors: nf.Vectors) -> nf.Vectors:
        known = {item: [word for word in words if word in vectors] for item, words in titles.items()}
        rows = {item: vectors[words].mean(axis=0) for item, words in known.items() if words}
        return nf.Vectors(list(rows), np.stack(list(rows.values())))

    def tagged(kept: Tags) -> nf.Sequences:
        return nf.Sequences.from_lists([*kept.get(item, []), *words] for item, words in titles.items())

    categories = {PREFIX + category for category in data.news["category"]}
    return Collection(
        "news",
        tags,
        tagged({}),
        learn,
        items,
        tagged,
        popularity=Counter(item for clicked in data.impressions["clicked"] for item in clicked),
        kinds={tag: "categories" if tag in categories else "subcategories" for given in tags.values() for tag in given},
    )


def hide(tags: Tags, random: np.random.Generator) -> tuple[Tags, Tags]:
    """Draw which tags of which items are taken away; return what is left, and what was taken."""
    kept: Tags = {}
    hidden: Tags = {}
    for item, given in tags.items():
        for tag in given:
            (hidden if random.random() < HIDDEN else kept).setdefault(item, []).append(tag)
    return kept, hidden


def items_of(tags: Tags) -> dict[str, set[str]]:
    """Tag → the items that carry it."""
    found: dict[str, set[str]] = {}
    for item, given in tags.items():
        for tag in given:
            found.setdefault(tag, set()).add(item)
    return found


def searches(one: Collection, kept: Tags, seed: int) -> tuple[dict[str, Search], nf.Vectors]:
    """All ways to search for a tag, and the vectors that their diversity is measured in."""
    vectors = one.item_vectors(one.learn(one.sequences, seed))
    together = one.learn(one.tagged(kept), seed)
    joint = one.item_vectors(together)
    learnt = together.subset(key for key in together.keys if key.startswith(PREFIX))
    by_mean = TagSearch(vectors, kept)
    shuffled = np.random.default_rng(seed).permutation(vectors.keys).tolist()
    by_popularity = sorted(vectors.keys, key=lambda item: -one.popularity[item])

    def first(items: Iterable[str], out: Iterable[str]) -> Found:
        left = set(out)
        return [(item, 0.0) for item in items if item not in left][:K]

    def carrying(tag: str, out: Iterable[str]) -> Found:
        carriers = set(by_mean.items(tag))
        return first((item for item in by_popularity if item in carriers), out)

    ways: dict[str, Search] = {
        "any item, at random": lambda tag, out: first(shuffled, out),
        "any item, by popularity": lambda tag, out: first(by_popularity, out),
        "exact match, by popularity": carrying,
        "tags seen together, no vectors": seen_together(kept, by_popularity),
    }
    by_vectors = {
        "mean": by_mean,
        "mean, items learnt with tags": TagSearch(joint, kept),
        "learnt together": TagSearch(joint, kept, tag_vectors=learnt),
    }
    if one.attend:
        model = one.attend(kept, seed)
        by_vectors["EGES"] = TagSearch(model.vectors_, kept, tag_vectors=values_of(model))
    for name, search in by_vectors.items():
        ways |= {f"{name}, expand {expand}": expanded(search, expand=expand) for expand in (0, 1, 3, 5)}
        ways[f"{name}, expand 3, untagged too"] = expanded(search, untagged=True)
        ways[f"{name}, nearness alone"] = nearness(search)
    return ways, vectors


def values_of(model: nf.EGES) -> nf.Vectors:
    """The vectors of the tags that EGES learnt as side information."""
    side = model.side_vectors_
    return nf.Vectors([key.removeprefix(f"{FIELD}=") for key in side.keys], side.input)


def seen_together(kept: Tags, by_popularity: list[str]) -> Search:
    """Rank items by the largest share, over their tags, of items with it that have the tag asked for as well.

    No vectors: counts only. What carries the tag has the share 1 and is first; popular items break ties.
    """
    counts = Counter(tag for given in kept.values() for tag in given)
    pairs = Counter((tag, other) for given in kept.values() for tag in given for other in given)

    def search(tag: str, out: Iterable[str]) -> Found:
        left = set(out)
        shares = {
            item: max((pairs[tag, other] / counts[other] for other in kept.get(item, ())), default=0.0)
            for item in by_popularity
            if item not in left
        }
        return sorted(((item, share) for item, share in shares.items() if share), key=lambda one: -one[1])[:K]

    return search


def expanded(search: TagSearch, **options: Any) -> Search:
    """Ask with options."""
    return lambda tag, out: search.search(tag, K, exclude=out, **options)


def nearness(search: TagSearch) -> Search:
    """Rank all items by the cosine with the tag, whatever they carry."""
    return lambda tag, out: search.vectors.similar(search.tag_vectors[tag], k=K, exclude=out)


def judge(one: Collection, seed: int) -> dict[str, Figures]:
    """Hide, learn, ask for every tag; the figures of each way, one a tag."""
    kept, hidden = hide(one.tags, np.random.default_rng(seed))
    ways, vectors = searches(one, kept, seed)
    known = set(vectors.keys)
    missed, whole, shown = (
        {tag: items & known for tag, items in items_of(t).items()} for t in (hidden, one.tags, kept)
    )
    asked = [tag for tag in sorted(shown) if len(missed.get(tag, ())) >= FEWEST]
    kinds = np.array([one.kinds[tag] for tag in asked])
    figures: dict[str, Figures] = {}
    for name, search in ways.items():
        lists = [search(tag, ()) for tag in asked]
        beyond = [search(tag, shown[tag]) for tag in asked]
        figures[name] = {
            **{f"missed {what}": values for what, values in measured(lists, [missed[tag] for tag in asked]).items()},
            **{f"all {what}": values for what, values in measured(lists, [whole[tag] for tag in asked]).items()},
            **{f"beyond {what}": values for what, values in measured(beyond, [missed[tag] for tag in asked]).items()},
            "diversity": intra_list_diversity(lists, vectors, K),
        }
        found = figures[name]["beyond recall"]
        figures[name] |= {kind: np.where(kinds == kind, found, np.nan) for kind in sorted(set(one.kinds.values()))}
    return figures


def measured(lists: list[Found], relevant: list[set[str]]) -> Figures:
    """Recall, precision, NDCG and others of lists."""
    sizes = np.array([len(items) for items in relevant])
    return accuracy(find_targets(lists, [sorted(items) for items in relevant], K), sizes)


COLUMNS = {
    "beyond recall": "recall of missed, carriers left out",
    "beyond ndcg": "NDCG of missed, carriers left out",
    "missed recall": "recall of missed",
    "all recall": "recall of all",
    "all precision": "precision of all",
    "all ndcg": "NDCG of all",
    "diversity": "diversity",
}


def table(one: Collection) -> list[str]:
    """A row a way to search: means over tags and seeds."""
    runs = [judge(one, seed) for seed in SEEDS]
    kinds = sorted(set(one.kinds.values()))
    columns = COLUMNS | ({kind: f"{COLUMNS['beyond recall']}: {kind}" for kind in kinds} if len(kinds) > 1 else {})
    rows = [["search", *columns.values()], ["---", *["---:"] * len(columns)]]
    for name in runs[0]:
        means = {what: [np.nanmean(run[name][what]) for run in runs] for what in columns}
        rows.append([name, *(f"{np.mean(each):.3f} ± {np.std(each, ddof=1):.3f}" for each in means.values())])
    n_tags = np.mean([len(run["any item, at random"]["diversity"]) for run in runs])
    head = f"{len(one.tags):,} items, {n_tags:.0f} tags asked."
    return [f"## {one.name.capitalize()}", "", head, "", *(f"| {' | '.join(row)} |" for row in rows), ""]


def main() -> None:
    """Judge both collections, write."""
    head = (
        f"{HIDDEN:.0%} of tags hidden, lists of {K}; means over tags, ± the standard deviation of {len(SEEDS)} seeds."
        " Missed: items whose tag was hidden. Carriers: those that still show it."
    )
    lines = [head, "", *table(films()), *table(news())]
    (HERE / "table.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
