"""Phrases beside gensim's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gensim.models.phrases as peer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import nearfield as nf
from nearfield.errors import BadInput, NotFitted
from nearfield.text import ENGLISH_CONNECTOR_WORDS, Phrases

LISTS = [
    ["new", "york", "city", "is", "in", "new", "york"],
    ["new", "york", "city"],
    ["bank", "of", "america", "in", "new", "york", "city"],
    ["bank", "of", "america"],
]


@pytest.fixture(scope="module")
def sequences(text8_lines: Path, tmp_path_factory: pytest.TempPathFactory) -> nf.Sequences:
    """300,000 words of real text in 300 lines, without rare ones from the beginning."""
    path = tmp_path_factory.mktemp("phrases") / "text.txt"
    path.write_text("".join(text8_lines.read_text().splitlines(keepends=True)[:300]))
    return nf.Sequences.from_lists(as_lists(nf.read_text(path, min_count=3)))


def as_lists(sequences: nf.Sequences) -> list[list[str]]:
    return [sequences.keys(i) for i in range(len(sequences))]


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 10.0},
        {"threshold": 2.5, "min_count": 20},
        {"threshold": 10.0, "connector_words": ENGLISH_CONNECTOR_WORDS},
        {"threshold": 0.5, "scoring": "npmi", "min_count": 10},
        {"threshold": 0.4, "scoring": "npmi", "connector_words": ENGLISH_CONNECTOR_WORDS, "delimiter": "~"},
    ],
)
def test_agrees_with_gensim_on_real_text(sequences: nf.Sequences, options: dict[str, Any]) -> None:
    lists = as_lists(sequences)
    ours, theirs = Phrases(**options).fit(sequences), peer.Phrases(lists, **({"min_count": 5} | options))
    expected = theirs.export_phrases()
    assert len(expected) > 40
    assert ours.phrases_.keys() == expected.keys()
    assert ours.phrases_ == pytest.approx(expected, rel=1e-12)
    joined = ours.transform(sequences)
    assert as_lists(joined) == list(theirs[lists])
    assert joined.vocabulary.counts.tolist() == np.bincount(joined.tokens).tolist()


@settings(max_examples=200, deadline=None)
@given(
    lists=st.lists(st.lists(st.sampled_from("abcde"), max_size=12), min_size=1, max_size=8).filter(
        lambda lists: any(len(words) > 1 for words in lists)
    ),
    other=st.lists(st.lists(st.sampled_from("abcdef"), max_size=12), min_size=1, max_size=4),
    connectors=st.sampled_from(["", "e", "de", "cde"]),
    min_count=st.integers(1, 2),
    threshold=st.floats(0.01, 3),
)
def test_agrees_with_gensim_on_any_text(
    lists: list[list[str]], other: list[list[str]], connectors: str, min_count: int, threshold: float
) -> None:
    options: dict[str, Any] = {"min_count": min_count, "threshold": threshold, "connector_words": frozenset(connectors)}
    ours, theirs = Phrases(**options).fit(lists), peer.Phrases(lists, **options)
    assert ours.phrases_ == theirs.export_phrases()
    for text in (lists, other):
        assert as_lists(ours.transform(text)) == [theirs[words] for words in text]


def test_each_pass_goes_on_with_the_phrases_of_the_last(sequences: nf.Sequences) -> None:
    ours = Phrases(passes=2, threshold=[15.0, 5.0])
    joined = ours.fit_transform(sequences)
    first = peer.Phrases(as_lists(sequences), min_count=5, threshold=15.0)
    once = list(first[as_lists(sequences)])
    # another delimiter, or gensim would take the word new_york for a pair that it counted
    second = peer.Phrases(once, min_count=5, threshold=5.0, delimiter="~")
    assert as_lists(joined) == [[word.replace("~", "_") for word in words] for words in second[once]]
    longer = {word.replace("~", "_"): score for word, score in second.export_phrases().items()}
    assert ours.phrases_ == first.export_phrases() | longer
    assert any(word.count("_") == 3 for word in longer)


def test_a_phrase_that_is_a_word_already_shares_its_id() -> None:
    joined = Phrases(min_count=1, threshold=0.1).fit_transform([["new_york", "is"], *[["new", "york"]] * 5])
    assert as_lists(joined) == [["new_york", "is"], *[["new_york"]] * 5]
    assert joined.vocabulary == nf.Vocabulary(["new_york", "is"], [6, 1])


def test_no_phrase_crosses_a_sentence() -> None:
    assert Phrases(min_count=1, threshold=1e-9).fit([["a"], ["b"]] * 50 + [["c", "c"]]).phrases_ == {}


def test_connectors_stand_within_phrases_only() -> None:
    options: dict[str, Any] = {"min_count": 1, "threshold": 0.1}
    joined = Phrases(connector_words=ENGLISH_CONNECTOR_WORDS, **options).fit_transform(LISTS)
    assert as_lists(joined)[3] == ["bank_of_america"]
    assert not any(key.startswith("in") and key != "in" for key in joined.vocabulary)


def test_more_connectors_than_a_number_holds_make_no_phrase() -> None:
    fits = [["a", *["of"] * 40, "b"]] * 9
    too_many = [["a", *["of"] * 70, "b"]] * 9
    phrases = Phrases(min_count=1, threshold=0.1, connector_words=["of"])
    assert as_lists(phrases.fit_transform(fits))[0] == ["_".join(fits[0])]
    assert as_lists(phrases.fit_transform(too_many)) == too_many


def test_a_bounded_table_keeps_frequent_pairs(sequences: nf.Sequences) -> None:
    exact = Phrases(min_count=20).fit(sequences).phrases_
    bounded = Phrases(min_count=20, max_vocab_size=60_000).fit(sequences).phrases_
    assert bounded.keys() <= exact.keys()
    # fewer distinct pairs, so a smaller N: every score shrinks by one factor
    ratios = [bounded[key] / exact[key] for key in bounded]
    assert ratios[0] < 1, "the table was never full, so the test shows nothing"
    assert max(ratios) == pytest.approx(min(ratios))
    assert bounded.keys() == {key for key, score in exact.items() if score * ratios[0] > 10}


def test_parameters_are_scikit_learns() -> None:
    phrases = clone(Phrases(threshold=3.0, passes=2))
    assert phrases.get_params()["threshold"] == 3.0
    assert repr(phrases) == "Phrases(threshold=3.0, passes=2)"
    with pytest.raises(NotFitted, match="call fit first"):
        phrases.transform(LISTS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_count": 0}, "min_count is 0"),
        ({"passes": 0}, "passes is 0"),
        ({"max_vocab_size": -1}, "max_vocab_size is -1"),
        ({"threshold": 0}, "threshold is 0.0; expected a number above 0"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"threshold": 2, "scoring": "npmi"}, "threshold is 2.0; scoring='npmi' expects -1 to 1"),
        ({"threshold": [1.0, 2.0]}, "threshold is .1.0, 2.0.; expected a number, or one for each of 1 passes"),
        ({"scoring": "pmi"}, "scoring is 'pmi'; expected one of default, npmi"),
        ({"connector_words": "the"}, "connector_words is 'the'; expected a list of strings"),
    ],
)
def test_refuses_parameters_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Phrases(**options).fit(LISTS)


def test_phrases_are_found_before_rare_words_are_dropped(tmp_path: Path, sequences: nf.Sequences) -> None:
    lines = [[*words, "rare", f"rare{i}", "end"] for i, words in enumerate(as_lists(sequences)[:40])]
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(words) + "\n" for words in lines))
    read = nf.read_text(path, phrases=Phrases(threshold=2.0), min_count=4, keep=["rare7"], stop=["the"])
    theirs = peer.Phrases(lists := as_lists(nf.read_text(path, min_count=1)), threshold=2.0)
    joined = nf.Sequences.from_lists(theirs[lists])
    expected = {key for key, n in zip(joined.vocabulary, joined.vocabulary.counts, strict=True) if n >= 4}
    assert set(read.vocabulary) == expected - {"the"} | {"rare7"}
    assert as_lists(read) == [[key for key in words if key in read.vocabulary] for words in as_lists(joined)]
    assert read.reading["seen"] == {
        "tokens": joined.n_tokens,
        "keys": len(joined.vocabulary),
        "keep": 1,
        "stop": 1,
    }
    assert sum("_" in key for key in read.vocabulary) > 10


@pytest.mark.parametrize("options", [{"min_count": 2}, {"stop": ["b"]}, {"max_vocab_size": 2}])
def test_refuses_sequences_with_gaps(tmp_path: Path, options: dict[str, Any]) -> None:
    (tmp_path / "t").write_text("a b a c\na b\n")
    read = nf.read_text(tmp_path / "t", **{"min_count": 1} | options)
    fitted = Phrases(min_count=1, threshold=0.1).fit(LISTS)
    for use in (Phrases().fit, fitted.transform, Phrases().fit_transform):
        with pytest.raises(BadInput, match="find phrases before words are dropped"):
            use(read)
    with pytest.raises(BadInput, match="find phrases before words are dropped"):
        Phrases().fit(nf.Sequences.from_lists(LISTS, min_count=2))


def test_saved_phrases_join_later_text_alike(tmp_path: Path, sequences: nf.Sequences) -> None:
    phrases = Phrases(passes=2, threshold=[15.0, 5.0], connector_words=ENGLISH_CONNECTOR_WORDS).fit(sequences)
    phrases.save(tmp_path / "phrases")
    loaded = nf.load(tmp_path / "phrases")
    assert loaded.phrases_ == phrases.phrases_
    assert as_lists(loaded.transform(sequences)) == as_lists(phrases.transform(sequences))


@settings(max_examples=50, deadline=None)
@given(words=st.lists(st.text(min_size=1, max_size=4), min_size=2, max_size=4))
def test_any_words_survive_the_round_trip(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    phrases = Phrases(min_count=1, threshold=0.01, connector_words=words[:1]).fit([words] * 3)
    path = tmp_path_factory.getbasetemp() / "phrases"
    phrases.save(path)
    assert Phrases.load(path).phrases_ == phrases.phrases_


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[1, 2.0, "a", "b"]', "the table is cut short"),
        ('[1, 2.0, "a"]\n', "line 1: .* is no phrase"),
        ('[1, 2.0, "a", "b"]\n[2, 2.0, "a", "b"]\n', "line 2: .* is no phrase"),
        ('[1, 2.0, "a", "of", "b"]\n', "line 1: .* is no phrase"),
        ("{}\n", "is no phrase"),
        ("\n", "is no phrase"),
        (b"\xff\n", "is not UTF-8 at byte 0"),
    ],
)
def test_damaged_phrases_get_one_clear_line(tmp_path: Path, table: str | bytes, message: str) -> None:
    Phrases(min_count=1, threshold=0.1).fit(LISTS).save(tmp_path / "p")
    (tmp_path / "p" / "phrases.jsonl").write_bytes(table.encode() if isinstance(table, str) else table)
    with pytest.raises(BadInput, match=message):
        nf.load(tmp_path / "p")


def test_refuses_sequences_it_cannot_use() -> None:
    with pytest.raises(BadInput, match="hold no token"):
        Phrases().fit([[]])
    plain = nf.Sequences.from_lists(LISTS)
    weighted = nf.Sequences(plain.vocabulary, plain.tokens, plain.offsets, weights=np.ones(plain.n_tokens, np.float32))
    with pytest.raises(BadInput, match="weights or times"):
        Phrases().fit(weighted)


def test_sentences_of_one_word_have_no_pairs():
    with pytest.raises(BadInput, match="3 tokens give 0 pairs: each sentence holds one word"):
        Phrases().fit([["a"], ["b"], ["a"]])
