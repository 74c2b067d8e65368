"""Phrases: words that stand together more often than chance has them become one token."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.errors import BadInput
from nearfield.files import (
    GrowingArray,
    atomic_folder,
    read_config,
    reads_whole_folder,
    release,
    storage_errors,
    write_config,
)
from nearfield.parameters import AtLeast, shown
from nearfield.sequences import Sequences, renumber, sequence_blocks
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from nearfield.text.pairs import PairTable

ENGLISH_CONNECTOR_WORDS = frozenset(
    ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"]
)
KIND = "phrases"
FORMAT_VERSION = 1
TABLE = "phrases.jsonl"


class Phrases(Estimator):
    """Find pairs of words that belong together (`new york`) and join them into one token (`new_york`).

    The score of a pair is, with `default` (Mikolov et al. 2013, arXiv:1310.4546, eq. 6, times the size of the
    vocabulary as gensim has it; N is the number of distinct words and pairs),

        score(a, b) = (count(a b) - min_count) / (count(a) × count(b)) × N

    and with `npmi` (Bouma 2009, "Normalized (Pointwise) Mutual Information in Collocation Extraction"; T tokens in all)

        score(a, b) = ln(p(a b) / (p(a) p(b))) / -ln p(a b),    p(x) = count(x) / T,    if count(a b) >= min_count.

    A pair whose score is above the threshold is a phrase. Sentences are joined from left to right, each word at most
    once a pass; a second pass joins phrases to longer ones (`new_york_city`). No phrase crosses a sentence.

    Words that were dropped before leave no gap, and their neighbours would count as a pair. So phrases are found on the
    text as it stands: `read_text(…, phrases=Phrases())` finds and joins them before it drops rare words, and `fit` and
    `transform` refuse sequences from which words were dropped.

    Parameters
    ----------
    min_count : int
        What is taken off each pair's count (δ in the paper), or with `npmi` the least count of a phrase.
    threshold : float or sequence of float
        The score that a phrase must pass; above 0, or -1 to 1 with `npmi`. A sequence gives one for each pass.
    delimiter : str
        Stands between the words of a phrase.
    passes : int
        How many times pairs are joined; phrases of up to 2^passes words (not counting connectors).
    scoring : {"default", "npmi"}
    connector_words : collection of str
        Words that may stand within a phrase, not at its ends (`bank_of_america`), and are not counted themselves;
        for English, `ENGLISH_CONNECTOR_WORDS`.
    max_vocab_size : int
        When there are more distinct pairs, the rarer half of them is forgotten (about 50 bytes each).

    Attributes
    ----------
    phrases_ : dict of str to float
        Each phrase and its score, over all passes.
    """

    min_count: Annotated[int, AtLeast(1)] = 5
    threshold: float | Sequence[float] = 10.0
    delimiter: str = "_"
    passes: Annotated[int, AtLeast(1, most=100)] = 1
    scoring: Literal["default", "npmi"] = "default"
    connector_words: Collection[str] = frozenset()
    max_vocab_size: Annotated[int, AtLeast(1)] = 40_000_000
    phrases_: dict[str, float] = field(init=False)

    def fit(self, sequences: Sequences | Iterable[Iterable[str]]) -> Self:
        """Count words and pairs, and learn which pairs are phrases.

        Parameters
        ----------
        sequences : Sequences, or lists of words

        Raises
        ------
        BadInput
            A parameter out of its range; sequences without tokens, from which words were dropped (`min_count`, `stop`,
            `max_vocab_size`), or with weights or times.
        """
        self._check_parameters()
        thresholds = self._thresholds()
        sequences = _as_sequences(sequences)
        if not sequences.n_tokens:
            raise BadInput("the sequences hold no token; expected text to find phrases in")
        if np.diff(sequences.offsets).max() < 2:
            raise BadInput(
                f"{sequences.n_tokens:,} tokens give 0 pairs: each sentence holds one word; expected sentences of two"
                " or more, to find phrases in"
            )
        self._connectors = _Connectors.of(self.connector_words)
        self._passes: list[dict[tuple[str, ...], float]] = []
        for threshold in thresholds:
            if self._passes:
                sequences = _join(sequences, self._passes[-1], self._connectors, self.delimiter)
            self._passes.append(self._find(sequences, threshold))
        self._name()
        return self

    def transform(self, sequences: Sequences | Iterable[Iterable[str]]) -> Sequences:
        """Return the sequences with their phrases joined, and a vocabulary of what is there now.

        Words that occur in phrases only leave the vocabulary; counts are those in the new sequences, whose `reading`
        remembers the phrases.
        """
        self.phrases_  # noqa: B018 - raises NotFitted before fit
        sequences = _as_sequences(sequences)
        reading = _with_phrases(sequences.reading, self.to_dict())
        for phrases in self._passes:
            sequences = _join(sequences, phrases, self._connectors, self.delimiter)
        sequences.reading = reading
        return sequences

    def fit_transform(self, sequences: Sequences | Iterable[Iterable[str]]) -> Sequences:
        """Learn phrases from the sequences and join them there."""
        sequences = _as_sequences(sequences)
        return self.fit(sequences).transform(sequences)

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted phrases as what JSON holds: `parameters`, and `table` with one JSON list a line.

        A line has the pass (from 1), the score and the words of a phrase. `read_text(…, phrases=…)` takes the dict.
        """
        self.phrases_  # noqa: B018 - raises NotFitted before fit
        parameters = self.get_params() | {"connector_words": list(self._connectors.words)}
        rows = (
            [number, score, *words]
            for number, phrases in enumerate(self._passes, 1)
            for words, score in phrases.items()
        )
        return {
            "parameters": parameters,
            "table": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return fitted phrases from what `to_dict` returned; raise `BadInput` where it is anything else."""
        parameters, table = content.get("parameters"), content.get("table")
        phrases = cls.from_saved(parameters, "phrases")
        if not isinstance(table, str) or table[-1:] not in ("", "\n"):
            raise BadInput("phrases: the table is cut short; expected one JSON list a line")
        phrases._connectors = _Connectors.of(phrases.connector_words)
        phrases._passes = [{} for _ in range(phrases.passes)]
        known = frozenset(phrases._connectors.words)
        for number, line in enumerate(table.split("\n")[:-1], 1):
            place, score, words = _parsed(line, number, phrases.passes, known)
            phrases._passes[place - 1][words] = score
        phrases._name()
        return phrases

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder with `config.json` and `phrases.jsonl`, for text that comes later; whole or not at all.

        `nearfield.load` reads it, and so does `--phrases-from` on the command line.
        """
        content = self.to_dict()
        table = content.pop("table")
        with atomic_folder(path) as folder:
            write_config(folder, KIND, FORMAT_VERSION, content)
            # half of a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape
            (folder / TABLE).write_text(table, encoding="utf-8", errors="backslashreplace", newline="\n")

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote."""
        folder = Path(path)
        config = read_config(folder, KIND, FORMAT_VERSION)
        with storage_errors(folder / TABLE):
            content = (folder / TABLE).read_bytes()
        try:
            return cls.from_dict(config | {"table": content.decode()})
        except UnicodeDecodeError as error:
            raise BadInput(f"{folder / TABLE}: is not UTF-8 at byte {error.start}; the file is damaged") from error
        except BadInput as error:
            raise BadInput(f"{folder / TABLE}: {error}") from error

    @property
    def fitted(self) -> bool:
        """Whether `fit` was called, or the phrases come from a file."""
        return "phrases_" in vars(self)

    def _name(self) -> None:
        """Set `phrases_` by what the passes found."""
        self.phrases_ = {self.delimiter.join(words): score for found in self._passes for words, score in found.items()}

    def _thresholds(self) -> list[float]:
        """Return the threshold of each pass."""
        given = self.threshold
        return [float(given)] * self.passes if isinstance(given, int | float) else [float(one) for one in given]

    def _check_combination(self) -> None:
        thresholds = self._thresholds()
        if len(thresholds) != self.passes:
            raise BadInput(
                f"threshold is {shown(self.threshold)}; expected a number, or one for each of {self.passes} passes"
            )
        for one in thresholds:
            if self.scoring == "default" and not one > 0:
                raise BadInput(f"threshold is {one}; expected a number above 0")
            if self.scoring == "npmi" and not -1 <= one <= 1:
                raise BadInput(f"threshold is {one}; scoring='npmi' expects -1 to 1")

    def _find(self, sequences: Sequences, threshold: float) -> dict[tuple[str, ...], float]:
        """Return the words of each phrase, and its score."""
        from nearfield.text.pairs import first_and_last

        pairs, word_counts = _count(sequences, self._connectors, self.max_vocab_size)
        candidates = np.flatnonzero(pairs.counts[: pairs.n] >= self.min_count)
        first, last = first_and_last(pairs.words[candidates])
        n_a, n_b, n_ab = word_counts[first], word_counts[last], pairs.counts[candidates]
        if self.scoring == "default":
            n_distinct = np.count_nonzero(word_counts) + pairs.n
            scores = (n_ab - self.min_count) / (n_a * n_b).astype(np.float64) * n_distinct
        else:
            scores = _npmi(n_a / sequences.n_tokens, n_b / sequences.n_tokens, n_ab / sequences.n_tokens)
        keys = sequences.vocabulary.keys
        return {
            (keys[first[i]], *self._connectors.unpack(int(pairs.runs[candidates[i]])), keys[last[i]]): float(scores[i])
            for i in np.flatnonzero(scores > threshold).tolist()
        }


PhraseSource = Phrases | Mapping[str, Any] | Iterable[Phrases | Mapping[str, Any]]


def as_phrases(phrases: PhraseSource | None) -> list[Phrases]:
    """Return phrases that were given as an object, as the dict of one, or as several of these, as a list of objects."""
    if phrases is None:
        return []
    if isinstance(phrases, Phrases | Mapping):
        return [_as_phrases(phrases)]
    several: object = phrases
    return [_as_phrases(each) for each in several] if isinstance(several, Iterable) else [_as_phrases(several)]


def _as_phrases(phrases: object) -> Phrases:
    if isinstance(phrases, Mapping):
        return Phrases.from_dict(phrases)
    if not isinstance(phrases, Phrases):
        raise BadInput(f"phrases is {phrases!r:.60}; expected Phrases(), such as Phrases(passes=2), or loaded ones")
    if not phrases.fitted:
        phrases._thresholds()
    return phrases


class _Connectors(NamedTuple):
    """The words that may stand within a phrase, with their digits 1, 2, … in runs (see `pairs`)."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> _Connectors:
        return cls(tuple(sorted(set(words))))

    @property
    def base(self) -> int:
        return len(self.words) + 1

    def digits(self, vocabulary: Vocabulary) -> np.ndarray:
        """Return the digit of each word of the vocabulary, 0 for those that are no connectors, int64."""
        digit = {word: i for i, word in enumerate(self.words, 1)}
        return np.array([digit.get(key, 0) for key in vocabulary], np.int64)

    def pack(self, words: Iterable[str]) -> int:
        run = 0
        for word in words:
            run = run * self.base + self.words.index(word) + 1
        return run

    def unpack(self, run: int) -> list[str]:
        words: list[str] = []
        while run:
            run, digit = divmod(run, self.base)
            words.insert(0, self.words[digit - 1])
        return words


def _as_sequences(sequences: Sequences | Iterable[Iterable[str]]) -> Sequences:
    if not isinstance(sequences, Sequences):
        return Sequences.from_lists(sequences)
    if sequences.weights is not None or sequences.times is not None:
        raise BadInput("the sequences have weights or times, which phrases cannot keep; expected plain text")
    _check_no_gaps(sequences.reading)
    return sequences


def _check_no_gaps(reading: Mapping[str, Any]) -> None:
    """Refuse sequences from which words were dropped: their neighbours never stood side by side."""
    for function, options in reading.items():
        for name in ("min_count", "max_vocab_size", "stop") if function in ("read_text", "from_lists") else ():
            value = options.get(name)
            if value and value != 1:
                shown = f"{name}={value}" if isinstance(value, int) else f"{len(value)} stop words"
                raise BadInput(
                    f"the sequences were read with {shown}, and words that were dropped leave no gap between their"
                    " neighbours; find phrases before words are dropped: read_text(…, phrases=Phrases()), or read with"
                    " min_count=1"
                )


def _with_phrases(reading: Mapping[str, Any], phrases: dict[str, Any]) -> dict[str, Any]:
    """Return how text was read, with phrases joined after those that it remembers."""
    if "read_text" not in reading:
        return dict(reading)
    options = reading["read_text"]
    return {**reading, "read_text": options | {"phrases": [*(options.get("phrases") or ()), phrases]}}


def _parsed(line: str, number: int, passes: int, connectors: frozenset[str]) -> tuple[int, float, tuple[str, ...]]:
    """Read a line of the table of phrases."""
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    match row:
        case [int(place), int() | float() as score, str(first), *between, str(last)] if (
            1 <= place <= passes and set(between) <= connectors
        ):
            return place, float(score), (first, *between, last)
    raise BadInput(f"phrases, line {number}: {line[:60]!r} is no phrase; expected [pass, score, word, word]")


def _npmi(p_a: np.ndarray, p_b: np.ndarray, p_ab: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):  # a text of one pair: 0 / 0 is no phrase
        return np.asarray(np.log(p_ab / (p_a * p_b)) / -np.log(p_ab))


def _blocks(sequences: Sequences) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the tokens of whole sentences, and the sentences' offsets in them."""
    for first, stop in sequence_blocks(sequences.offsets):
        offsets = np.array(sequences.offsets[first : stop + 1])
        yield np.array(sequences.tokens[offsets[0] : offsets[-1]]), offsets - offsets[0]
        release(sequences.tokens, int(offsets[0]), int(offsets[-1]))


def _count(sequences: Sequences, connectors: _Connectors, most: int) -> tuple[PairTable, np.ndarray]:
    """Count pairs and words."""
    from nearfield.text.pairs import PairTable, count_pairs

    table, digits = PairTable(), connectors.digits(sequences.vocabulary)
    word_counts = np.zeros(len(digits), np.int64)
    for tokens, offsets in _blocks(sequences):
        table.reserve(len(tokens))
        table.n = count_pairs(
            tokens, offsets, digits, connectors.base, word_counts, *table.arrays(), table.counts, table.n
        )
        if table.n > most:
            table = table.most_frequent(most // 2)
    return table, word_counts


def _join(
    sequences: Sequences, phrases: Iterable[tuple[str, ...]], connectors: _Connectors, delimiter: str
) -> Sequences:
    """Return new sequences with each of `phrases` as one token."""
    from nearfield.text.pairs import join_pairs

    vocabulary = sequences.vocabulary
    table, joined, keys = _phrase_table(vocabulary, phrases, connectors, delimiter)
    digits, counts = connectors.digits(vocabulary), np.zeros(len(keys), np.int64)
    all_tokens, all_lengths = GrowingArray(np.int32), GrowingArray(np.int64)
    for tokens, offsets in _blocks(sequences):
        out, lengths = np.empty(len(tokens), np.int32), np.empty(len(offsets) - 1, np.int64)
        n = join_pairs(tokens, offsets, digits, connectors.base, *table.arrays(), joined, out, lengths)
        counts += np.bincount(out[:n], minlength=len(keys))
        all_tokens.append(out[:n])
        all_lengths.append(lengths)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    final = np.full(len(keys), -1, np.int32)
    final[order] = np.arange(len(order))
    new = Vocabulary([keys[i] for i in order.tolist()], counts[order])
    return Sequences(new, *renumber(all_tokens.array(), all_lengths.array(), final))


def _phrase_table(
    vocabulary: Vocabulary, phrases: Iterable[tuple[str, ...]], connectors: _Connectors, delimiter: str
) -> tuple[PairTable, np.ndarray, list[str]]:
    """Return the phrases whose words are known, the id of each, and the keys with those of new phrases behind."""
    from nearfield.text.pairs import PairTable, pair_of

    ids = {key: i for i, key in enumerate(vocabulary)}
    words, runs, joined = [], [], []
    for first, *between, last in phrases:
        if first in vocabulary and last in vocabulary:
            words.append(pair_of(vocabulary[first], vocabulary[last]))
            runs.append(connectors.pack(between))
            joined.append(ids.setdefault(delimiter.join([first, *between, last]), len(ids)))
    table = PairTable()
    table.add(np.array(words, np.int64), np.array(runs, np.int64), np.zeros(len(words), np.int64))
    return table, np.array(joined, np.int32), list(ids)
