"""Real streams: what arrives when, what is learnt from it, and how versions are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nearfield.sequences import Sequences
    from nearfield.update.streams.slices import StreamSlice

DAY = 86_400_000_000
FEW_KEYS = {"sample": 0.0}  # a common category is no stop word: much is lost where it is thinned
SEEDS = 5  # one fit to the next differs by more than strategies do


@dataclass(frozen=True)
class Stream:
    """Slices, what the first of them is fitted with, and the score.

    Attributes
    ----------
    measure : str
        What the score is called.
    portions : int
        Into how many an update is cut to look at old slices in its midst; 1: they are looked at after it.
    seeds : int
        How many fits there are, the figures being means over them.
    """

    slices: list[StreamSlice]
    estimator: Any
    score: Callable[[Any, Any], float]
    measure: str
    portions: int = 1
    seeds: int = 1


def items(slices: Sequence[StreamSlice], portions: int = 1, **settings: Any) -> Stream:
    from nearfield import ItemEmbedding
    from nearfield.update.streams.scores import NextItemScore

    estimator = ItemEmbedding(workers=1, verbose=False, **settings)
    return Stream(list(slices), estimator, NextItemScore(), "NDCG@10 of what came next", portions, SEEDS)


def movielens_100k_by_week() -> Stream:
    from nearfield.datasets import movielens_100k
    from nearfield.update.streams.slices import slices_by_time

    return items(slices_by_time(movielens_100k.load().sequences(), every="7d", first=0.5), portions=3)


def movielens_1m_half_by_week() -> Stream:
    """The first twelve weeks after four fifths of the ratings; the rest dribbles over two years."""
    from nearfield.datasets import movielens_1m_half
    from nearfield.update.streams.slices import slices_by_time

    return items(slices_by_time(movielens_1m_half.load().sequences(), every="7d", first=0.8)[:13])


def taobao_by_day() -> Stream:
    from nearfield.datasets import taobao
    from nearfield.update.streams.slices import slices_by_time

    return items(slices_by_time(events_of(taobao.nine_days()), every="1d", first=0.4), **FEW_KEYS)


def taobao_by_ten_minutes() -> Stream:
    from nearfield.datasets import taobao
    from nearfield.update.streams.slices import slices_by_time

    return items(slices_by_time(events_of(taobao.two_hours()), every="10min", first=0.5), **FEW_KEYS)


def events_of(path: Any) -> Sequences:
    """The categories that each user of the Taobao log went through; items hardly come again in so short a log."""
    from nearfield import read_log
    from nearfield.datasets.taobao import COLUMNS

    names = {"user": "user", "item": "category", "time": "time", "columns": list(COLUMNS), "time_unit": "s"}
    return read_log(str(path), **names).sessions(None)


def mind_by_day() -> Stream:
    """What users had clicked before, of which no times are known, then their clicks of each day."""
    from nearfield.datasets import mind_sample
    from nearfield.datasets.histories import in_time_order
    from nearfield.update.streams.slices import slices_by_time

    impressions = mind_sample.load().impressions
    midnight = int(impressions["time"].min()) // DAY * DAY
    users, articles, times, seen = [], [], [], set()
    for user, time, history, clicked in impressions.select("user", "time", "history", "clicked").iter_rows():
        before = [] if user in seen else [(one, midnight - 1) for one in dict.fromkeys(history)]
        seen.add(user)
        for one, when in [*before, *((one, time) for one in clicked)]:
            users.append(user)
            articles.append(one)
            times.append(when)
    sequences = in_time_order(users, articles, np.array(times, np.int64))
    return items(slices_by_time(sequences, every="1d", first=0.5, hold_out=0.34))


def texts() -> Stream:
    """Recent English articles; the first of older ones, and a fifth of the Chinese ones, the far domain, in pieces."""
    from nearfield import Word2Vec, read_text
    from nearfield.datasets import text8_head, text_enwiki, text_zhwiki
    from nearfield.update.joining import joined
    from nearfield.update.streams.scores import company_score
    from nearfield.update.streams.slices import text_slices

    homes = (text_enwiki, text8_head, text_zhwiki)
    english, older, chinese = (read_text(one.path(), language="whitespace", max_sentence_length=1_000) for one in homes)
    chinese = joined([chinese.take(np.arange(len(chinese) // 5))])
    parts = [english, *pieces(older, 2), *pieces(chinese, 5)]  # of about a twentieth of what went before
    names = ["enwiki", *(f"text8_head {i}" for i in (1, 2)), *(f"zhwiki {i}" for i in range(1, 6))]
    return Stream(
        text_slices(parts, names), Word2Vec(workers=1, verbose=False), company_score, "company told from chance"
    )


def texts_by_word_pairs() -> Stream:
    """The same texts, judged by how their words' cosines go with people's scores, in the language of each slice."""
    from nearfield.datasets import word_eval, word_eval_zh
    from nearfield.update.streams.slices import StreamSlice

    english = [word_eval.similarity(name) for name in ("EN-MEN-TR-3k", "EN-WS-353-ALL")]
    chinese = [word_eval_zh.similarity(name) for name in word_eval_zh.SIMILARITY]
    stream = texts()
    slices = [
        StreamSlice(one.name, one.learn, chinese if one.name.startswith("zhwiki") else english) for one in stream.slices
    ]
    return Stream(slices, stream.estimator, pairs_score, "Spearman's correlation with people")


def pairs_score(vectors: Any, sets: Sequence[Path]) -> float:
    """The mean correlation on sets of word pairs; of pairs that are not known there is none."""
    from nearfield.evaluate import word_similarity

    found = [word_similarity(vectors, one, bands=1, resamples=1) for one in sets]
    return float(np.mean([one.rho * one.coverage if one.n > 2 else 0.0 for one in found]))


def pieces(sequences: Sequences, n: int) -> list[Sequences]:
    from nearfield.embed.corpus import balanced
    from nearfield.update.joining import joined

    return [joined([sequences.take(np.arange(*bounds))]) for bounds in balanced(sequences.offsets, n)]


def graph_by_week() -> Stream:
    """The films of MovieLens 100k as a graph: an edge leads to the film that somebody rated next."""
    from nearfield import DeepWalk, Graph
    from nearfield.update.joining import joined
    from nearfield.update.streams.scores import NextItemScore
    from nearfield.update.streams.slices import StreamSlice

    parts = movielens_100k_by_week().slices
    graphs = [Graph.from_sessions(joined([one.learn for one in parts[: i + 1]])) for i in range(len(parts))]
    slices = [StreamSlice(one.name, graph, one.held) for one, graph in zip(parts, graphs, strict=True)]
    estimator = DeepWalk(workers=1, verbose=False)
    return Stream(slices, estimator, NextItemScore(), "NDCG@10 of what came next", seeds=3)


STREAMS: dict[str, Callable[[], Stream]] = {
    "ml-100k by week": movielens_100k_by_week,
    "ml-1m_half by week": movielens_1m_half_by_week,
    "taobao by day": taobao_by_day,
    "taobao by ten minutes": taobao_by_ten_minutes,
    "mind by day": mind_by_day,
    "text": texts,
    "text, by word pairs": texts_by_word_pairs,
    "ml-100k as a graph, by week": graph_by_week,
}
