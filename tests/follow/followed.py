"""Folders of each kind, written so that what was learnt of them can be counted.

No two lines are the same, as files are told apart by content.
"""

from collections import Counter

import numpy as np

from nearfield import ItemEmbedding, LogisticRegression, Word2Vec, read_examples, read_log, read_text
from nearfield.follow import Follower, Logs, Rows, Text
from nearfield.follow.batch import Reader
from nearfield.follow.looking import look
from nearfield.follow.new_parts import new_parts

START = 1_700_000_000
MARKS = str.maketrans("0123456789", ".,;:!?+*/=")


class Items:
    """Events of ten users, who go through the items in turn."""

    name, verb, unit, ending, heading = "items", "items", "events", ".csv", "user,item,time\n"
    strategy, updated, first = (
        None,
        "replay+settle",
        ItemEmbedding(vector_size=4, epochs=2, negative=3, sample=0, verbose=False),
    )
    bad, told = "user,item,time\nu1,i1,yesterday\n", ":2: time "
    options = ("--no-clean", "--min-count", "1", "--vector-size", "4")  # with which each event counts

    def subject(self, **options):
        return Logs(**{"sessions": lambda log: log.sessions(None), "first": self.first} | options)

    def lines(self, items, first):
        return [f"u{i % 10},{item},{START + i}\n" for i, item in enumerate(items, first)]

    def content(self, path):
        """What the first version holds, without anybody who follows."""
        return ItemEmbedding(**self.first.get_params()).fit(read_log(path).sessions(None)).vectors_

    def table(self, content):
        return content.input

    def counts(self, content):
        return Counter(dict(zip(content.keys, content.counts.tolist(), strict=True)))


class Words(Items):
    """Ten words a line, and its number in marks that are no words."""

    name, verb, unit, ending, heading = "words", "words", "words", ".txt", ""
    first = Word2Vec(vector_size=4, epochs=2, negative=3, sample=0, workers=1, verbose=False)
    bad, told = "good words\nbad \0 words\n", ": holds a NUL byte (byte 15)"
    options = ("--min-count", "1", "--vector-size", "4", "--workers", "1")

    def subject(self, **options):
        return Text(**{"first": self.first, "min_count": 1} | options)

    def lines(self, items, first):
        lines = [items[i : i + 10] for i in range(0, len(items), 10)]
        return [f"{' '.join(line)} {str(i).translate(MARKS)}\n" for i, line in enumerate(lines, first)]

    def content(self, path):
        return Word2Vec(**self.first.get_params()).fit(read_text(path, min_count=1)).vectors_


class Table:
    """Rows of one item, whose labels take turns; a model that counts how often it saw each, replaying nothing."""

    name, verb, unit, ending, heading = "rows", "rank", "rows", ".csv", "item,time,label\n"
    strategy, updated, first = "fine_tune", "fine_tune", LogisticRegression(rates="counts")
    bad, told = f"item,time,label\ni1,{START},maybe\n", ":2: label is 'maybe'"
    options = ("--strategy", "fine_tune", "--time", "time")

    def subject(self, **options):
        return Rows(**{"first": self.first, "time": None if self.ending == ".svm" else "time"} | options)

    def lines(self, items, first):
        return [f"{item},{START + i},{i % 2}\n" for i, item in enumerate(items, first)]

    def content(self, path):
        return LogisticRegression(**self.first.get_params()).fit(
            read_examples(path, time=None if self.ending == ".svm" else "time")
        )

    def table(self, content):
        return content.state_

    def counts(self, content):
        names = [name.removeprefix("item=") for name in content.space_.names]
        return Counter({name: int(n) for name, n in zip(names, content.state_[:-1, 1:].sum(axis=1), strict=True) if n})


class Lines(Table):
    """The same rows as libsvm, in which item i3 is feature 3."""

    name, ending, heading = "libsvm", ".svm", ""
    options = ("--strategy", "fine_tune")
    bad, told = "1 x:1\n", ":1: '1 x:1': has no whole number"

    def lines(self, items, first):
        return [f"{i % 2} {item[1:]}:{1 + i / 1e6:.6f}\n" for i, item in enumerate(items, first)]

    def counts(self, content):
        return Counter({f"i{i}": int(n) for i, n in enumerate(content.state_[:-1, 1:].sum(axis=1)) if n})


KINDS = (Items(), Words(), Table(), Lines())


def write(kind, path, counts, n=60, first=0, items=12):
    """Append n events, words or rows, and count the items."""
    chosen = [f"i{(i // 10 + i % 10) % items}" for i in range(first, first + n)]
    for item in chosen:
        counts[item] = counts.get(item, 0) + 1
    new = not path.exists()
    with path.open("a") as file:
        file.write(kind.heading * new + "".join(kind.lines(chosen, first)))


def follower(kind, folder, *, strategy=None, wait=lambda seconds: None, subject=None, **options):
    """Who follows a folder, into a store beside it."""
    given = {"strategy": strategy or kind.strategy, "wait": wait} | options
    return Follower(folder, folder.parent / "store", subject or kind.subject(), **given)


def learnt(kind, store):
    return kind.counts(store.open())


def same(kind, content, other):
    return np.array_equal(kind.table(content), kind.table(other))


def read(folder, subject, offsets=None, content=None):
    """What a reader takes of all that is new, and what that is."""
    seen = look(folder, subject)
    parts, aside = new_parts(folder, sorted(seen.values()), seen, offsets or {}, subject)
    assert aside == {}
    temporary = folder.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    reading = subject.reading(content, temporary)
    return Reader(folder, subject).read(parts, reading, temporary), reading


def learn(batch):
    """The offsets when all that was read has been learnt."""
    return {part.seen.name: part.learnt for part in batch.parts}
