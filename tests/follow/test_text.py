"""Text: files of all kinds, words that are rare for a while, and what is no text."""

import bz2
import gzip
import itertools

import numpy as np
import pytest
import zstandard
from followed import Words, follower, learn, learnt, read

from nearfield import Word2Vec, read_text
from nearfield.datasets import text_enwiki
from nearfield.follow import Text
from nearfield.update import Reservoir, update

FIRST = Word2Vec(vector_size=4, epochs=2, negative=3, sample=0, workers=1, verbose=False)


def sentences(sequences):
    return [sequences.keys(i) for i in range(len(sequences))]


def follow(logs, strategy=None, **options):
    """Who takes each token as it stands."""
    return follower(Words(), logs, strategy=strategy, subject=Text(first=FIRST, language="whitespace", **options))


def test_all_kinds_at_once(logs):
    texts = [f"File {i} says:\n\tnever {'twice ' * i}\n".encode() for i in range(6)]
    packed = [gzip.compress(texts[2]), zstandard.ZstdCompressor().compress(texts[3]), bz2.compress(texts[4])]
    names = ["a.txt", "b", "c.txt.gz", "d.zst", "e.md.bz2", "within/f"]
    for name, content in zip(names, [*texts[:2], *packed, texts[5]], strict=True):
        (logs / name).parent.mkdir(exist_ok=True)
        (logs / name).write_bytes(content)
    (logs.parent / "whole").write_bytes(b"".join(texts))
    for options in ({}, {"language": "whitespace"}, {"digits": False, "stop": ["says"], "max_sentence_length": 2}):
        batch, reading = read(logs, Text(**options))
        assert (len(batch.parts), batch.aside, batch.warnings) == (6, {}, [])
        assert sentences(reading.data()) == sentences(read_text(logs.parent / "whole", min_count=1, **options))


def test_bad_files_are_set_aside_and_no_others(logs):
    for number in range(3):
        (logs / f"good {number}").write_text(f"good number{number}\n")
    (logs / "bad1").write_bytes(b"\0 is a picture\n")
    (logs / "bad2.txt").write_text("of sixteen bits\n", encoding="utf-16")
    (logs / "bad3.gz").write_bytes(gzip.compress(b"cut short\n" * 99)[:-10])
    (logs / "bad4.zst").write_bytes(b"not packed at all\n")
    (logs / "bad5.txt").write_bytes(gzip.compress(b"packed\n") + b"\n")
    (logs / "empty").write_text("...\n!\n")
    batch, reading = read(logs, Text())
    assert sorted(sentences(reading.data())) == [["good", f"number{number}"] for number in range(3)]
    assert sorted(name[:4] for name in batch.aside) == [f"bad{n}" for n in range(1, 6)]
    for name, message in batch.aside.items():
        assert message.startswith(str(logs / name))
        assert "\n" not in message
    assert "cut short" in batch.aside["bad3.gz"]
    assert "empty" in [part.seen.name for part in batch.parts]
    offsets = learn(batch)
    with (logs / "good 0").open("a") as file:
        file.write("\n\n")
    again, reading = read(logs, Text(), offsets)
    assert again.aside["good 0"].startswith(f"{logs / 'good 0'}: the text holds no token")
    assert reading.data() is None


@pytest.mark.parametrize("errors", ["replace", "refuse"])
def test_what_is_no_utf_8_is_told_by_its_place_in_the_file(logs, errors):
    first, more = "good words\nüber alles\n".encode(), b"more words\nbad \xff words\n" + b"and many good words\n" * 9
    (logs / "a.txt").write_bytes(first)
    (logs / "b.txt.gz").write_bytes(gzip.compress(first))
    subject = Text(errors=errors)
    offsets = learn(read(logs, subject)[0])
    with (logs / "a.txt").open("ab") as file:
        file.write(more)
    batch, _ = read(logs, subject, offsets)
    at = len(first) + more.index(b"\xff")
    place = f"{logs / 'a.txt'}:4 (byte {at})"
    told = batch.warnings if errors == "replace" else list(batch.aside.values())
    assert len(told) == 1
    assert place in told[0]
    assert batch.aside.keys() == (set() if errors == "replace" else {"a.txt"})


def test_warnings_are_told_with_the_step(logs):
    (logs / "a.txt").write_bytes((b"one two \xff three\n" + b"one two and three\n" * 9) * 9)
    step = follower(Words(), logs).step()
    assert step.version == 1
    assert step.warnings[0].startswith(
        "9 invalid UTF-8 sequences replaced by U+FFFD, the first at " + str(logs / "a.txt")
    )
    assert str(step).startswith("warning: 9 invalid")
    assert step.as_dict()["warnings"] == list(step.warnings)


def test_rare_words_wait_in_what_is_kept_until_they_are_frequent(logs):
    ours = follow(logs, min_count=5)
    common = "these words are always there\n" * 5
    expected = dict.fromkeys(common.split(), 0)
    for number in range(4):
        (logs / f"{number}.txt").write_text(common + "with one new word\n" * 2 + f"just{number} once\n")
        assert ours.step().n == 25 + 8 + 2
        for word in expected:
            expected[word] += 5 if word in common.split() else 2
        if number == 2:  # seen 2, 4, and now 6 times
            expected |= dict.fromkeys(["with", "one", "new", "word"], 2)
        assert learnt(Words(), ours.store) == expected
    memory = Reservoir.load(ours.store.beside() / "memory")
    assert sum(one == ["just1", "once"] for one in sentences(memory.sequences())) == 1
    (logs / "rare.txt").write_text("all is rare here\n")
    before = ours.store.open()
    assert ours.step().n == 4
    np.testing.assert_array_equal(ours.store.open().input, before.input)


@pytest.mark.parametrize("strategy", [None, "retrain"])
def test_an_update_is_what_update_makes_of_what_is_frequent(logs, strategy):
    texts = [[["a", "b", "c", "d"]] * 9 + [["rare", "a"]], [["b", "c", "e"]] * 4 + [["once", "a"]]]
    ours = follow(logs, min_count=3, strategy=strategy)
    for name, lists in zip("xy", texts, strict=True):
        (logs / name).write_text("".join(" ".join(keys) + "\n" for keys in lists))
        step = ours.step()
    first = Word2Vec(**FIRST.get_params()).fit([*texts[0][:9], ["a"]])
    new, old = [*texts[1][:4], ["a"]], [*texts[0][:9], ["a"]]
    twin = update(first, new, old=old, strategy=strategy or "replay+settle").content
    found = ours.store.open()
    assert set(found.keys) == set(twin.keys) == set("abcde")
    assert step.update.strategy == (strategy or "replay+settle")
    np.testing.assert_allclose(found.input, twin.take(twin.vocabulary.ids(found.keys)).input, rtol=1e-5)


def test_too_little_text_waits(logs):
    (logs / "a.txt").write_text("one two three four\n")
    ours = follow(logs, min_count=2)
    assert "0 of 0 keys are seen" in ours.step().refused
    (logs / "b.txt").write_text("one two three\n")
    step = ours.step()
    assert (step.files, step.n) == (("a.txt", "b.txt"), 7)
    assert learnt(Words(), ours.store) == {"one": 2, "two": 2, "three": 2}


def test_a_real_text_in_parts_that_grow(dataset, logs):
    with gzip.open(dataset(text_enwiki.path), "rt", encoding="utf-8") as file:
        lines = list(itertools.islice(file, 3_000))
    first = Word2Vec(vector_size=8, epochs=1, sample=0, workers=1, verbose=False)
    ours = follower(Words(), logs, subject=Text(first=first, min_count=1))
    for number in range(3):
        with (logs / "grows.txt").open("a", encoding="utf-8") as file:
            file.writelines(lines[1_000 * number : 1_000 * number + 500])
        with gzip.open(logs / f"{number}.txt.gz", "wt", encoding="utf-8") as file:
            file.writelines(lines[1_000 * number + 500 : 1_000 * (number + 1)])
        step = ours.step()
        assert (step.version, len(step.files), step.aside) == (number + 1, 2, {})
    (logs.parent / "whole.txt").write_text("".join(lines), encoding="utf-8")
    whole = read_text(logs.parent / "whole.txt", min_count=1)
    assert learnt(Words(), ours.store) == dict(
        zip(whole.vocabulary.keys, whole.vocabulary.counts.tolist(), strict=True)
    )
    assert step.update.figures["overlap@10"] > 0.3


def test_a_file_in_another_encoding_is_put_aside(logs):
    (logs / "a.txt").write_bytes(b"one two and three\n" * 9)
    (logs / "b.txt").write_bytes("été, déjà là\n".encode("latin-1") * 9)
    step = follower(Words(), logs).step()
    assert step.version == 1
    assert "it looks like latin-1" in step.aside["b.txt"]
