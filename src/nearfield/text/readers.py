"""`read_text`: from raw text to sequences, read once and never kept."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from nearfield.defaults import MIN_COUNT
from nearfield.errors import BadInput
from nearfield.io import Source, find_files
from nearfield.reading import step
from nearfield.sequences import Sequences

if TYPE_CHECKING:
    from nearfield.text.phrases import PhraseSource
    from nearfield.text.segment import TokenBlock

_MOST_WORKERS = 4
_TABLE_ROOM, _SMALLEST_TABLE = 8, 1_000_000
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def read_text(
    source: Source,
    *,
    language: str = "en",
    lowercase: bool = True,
    digits: bool = True,
    punctuation: bool = False,
    simplify: bool = False,
    min_count: int = MIN_COUNT,
    max_vocab_size: int | None = None,
    keep: Collection[str] = (),
    stop: Collection[str] = (),
    max_sentence_length: int = 10_000,
    phrases: PhraseSource | None = None,
    errors: str = "replace",
    workers: int | None = None,
    block_size: int = 1 << 19,
) -> Sequences:
    """Read text, one sentence a line, into sequences of token ids.

    The text is read once, block by block: memory holds the distinct tokens and a few blocks for each worker, never the
    text. The ids wait in a file without a name under `$TMPDIR` (4 bytes a token). The same text and options give the
    same result, whatever the number of workers or the size of a block.

    Parameters
    ----------
    source : path, glob, folder, "-" or a list of these
        UTF-8 text, plain or compressed (`.gz`, `.zst`, `.bz2`). A folder stands for all files below it, sorted; hidden
        ones are left out. `-` is standard input.
    language : {"en", "zh", "whitespace"}
        `en`: a word is a run of letters (of any script) with the marks on them and, if `digits`, numbers. An apostrophe
        between two of these belongs to the word (`don't`, `o'clock`; ’ becomes '), any other is punctuation, and so is
        the hyphen. `zh`: rjieba cuts the words (the extra `chinese`), then the same rules hold. Both bring letters to
        Unicode's normal form C. `whitespace`: tokens as they stand between white space (as `str.split` has it); the
        next three options do nothing.
    lowercase : bool
        Turn letters into lower case.
    digits : bool
        Keep numbers (`covid19`, `2021`; `3.14` becomes `3` and `14`). Without, they divide words as blanks do.
    punctuation : bool
        Make each punctuation mark and symbol a token of its own. Without, they divide words as blanks do.
    simplify : bool
        Turn traditional into simplified Chinese first (OpenCC t2s; language `zh` only).
    min_count : int
        Drop tokens that are seen fewer times.
    max_vocab_size : int, optional
        Keep that many of the most frequent tokens. Then the table of distinct tokens is bounded while reading, too:
        when it holds more than 8 × `max_vocab_size`, at least 1,000,000, the rarer half is forgotten, so that counts of
        rare tokens in a text of that size may come out too low.
    keep, stop : collection of str
        Tokens that stay however rare they are; tokens that go however frequent. As they come out: in lower case.
    max_sentence_length : int
        Lines of more tokens are cut into sentences of this length (counted before rare tokens drop out).
    phrases : Phrases, or several, optional
        Words that belong together become one token, on the text as it stands: before `min_count`, `max_vocab_size` and
        `stop` drop any, which they do by the counts of what was joined. `Phrases()` that are not fitted yet are fitted
        to this text; fitted ones (loaded, say) are applied. What `Phrases.to_dict` returned will do, too.
    errors : {"replace", "refuse"}
        What is no UTF-8 becomes U+FFFD, with one warning that counts it; or it raises `BadInput`.
    workers : int, optional
        Threads; all available cores, at most 4, if not given.
    block_size : int
        Bytes of text in a block, for each worker.

    Returns
    -------
    Sequences
        Lines without a token are left out; a sentence whose tokens were all too rare stays, empty. Its
        `reading["read_text"]` holds the options above as JSON holds them, so that
        `read_text("new.txt", **sequences.reading["read_text"])` reads a later text alike, and `reading["seen"]` how
        many tokens and distinct keys there were before any were dropped.

    Raises
    ------
    BadInput
        No such file, an unknown option, a file that is no text or is damaged, a text without tokens, or a vocabulary
        that `min_count` or `stop` empties.
    MissingExtra
        `language="zh"` without the extra `chinese`.
    StorageError
        A file or folder that cannot be read; no space for the ids.

    Warns
    -----
    UserWarning
        How much was no UTF-8 and where it began, with `errors="replace"`.
    """
    from nearfield.io import read_blocks
    from nearfield.text.corpus import ALL_TOKENS, Corpus, select
    from nearfield.text.phrases import as_phrases
    from nearfield.text.segment import Segmenter

    workers = _default_workers() if workers is None else workers
    numbers = {"min_count": min_count, "max_sentence_length": max_sentence_length, "block_size": block_size}
    _check_numbers(numbers | {"max_vocab_size": 1 if max_vocab_size is None else max_vocab_size, "workers": workers})
    _check_keys(keep=keep, stop=stop)
    segmenter = Segmenter(language, lowercase, digits, punctuation, simplify, errors)
    most = None if max_vocab_size is None else max(_TABLE_ROOM * max_vocab_size, _SMALLEST_TABLE)
    joiners = as_phrases(phrases)
    # what is forgotten leaves no gap either
    corpus, invalid = Corpus(keep, None if joiners else most), _InvalidCount()
    for block in in_order(segmenter, read_blocks(find_files(source), block_size), workers):
        corpus.append(block)
        invalid.add(block)
    invalid.warn()
    selection = {"min_count": min_count, "max_vocab_size": max_vocab_size, "keep": keep, "stop": stop}
    if joiners:
        sequences = corpus.sequences(**ALL_TOKENS, max_length=max_sentence_length)
        for joiner in joiners:
            sequences = (joiner.transform if joiner.fitted else joiner.fit_transform)(sequences)
        sequences = select(sequences, **selection)
    else:
        sequences = corpus.sequences(**selection, max_length=max_sentence_length)
    options = {
        "language": language,
        "lowercase": lowercase,
        "digits": digits,
        "punctuation": punctuation,
        "simplify": simplify,
        **selection,
        "max_sentence_length": max_sentence_length,
        "phrases": [joiner.to_dict() for joiner in joiners],
        "errors": errors,
    }
    sequences.reading = step("read_text", options) | sequences.reading
    return sequences


def in_order(function: Callable[[_In], _Out], inputs: Iterable[_In], workers: int) -> Iterator[_Out]:
    """Yield `function(x)` for each input in order, computed by threads that run at most one input each ahead."""
    with ThreadPoolExecutor(workers) as pool:
        running: deque[Future[_Out]] = deque()
        for one in inputs:
            if len(running) > workers:
                yield running.popleft().result()
            running.append(pool.submit(function, one))
        while running:
            yield running.popleft().result()


class _InvalidCount:
    """Counts what was no UTF-8 over all blocks, for one warning at the end."""

    def __init__(self) -> None:
        self.n = 0
        self.first = ""

    def add(self, block: TokenBlock) -> None:
        self.n += block.n_invalid
        self.first = self.first or block.invalid_at

    def warn(self) -> None:
        if self.n:
            found = (
                f"{self.n:,} invalid UTF-8 sequence{'s' * (self.n > 1)} replaced by U+FFFD, the first at {self.first}"
            )
            warnings.warn(f"{found}; convert the text, or refuse it with errors='refuse'", stacklevel=3)


def _default_workers() -> int:
    return min(_MOST_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _check_numbers(numbers: dict[str, int]) -> None:
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            raise BadInput(f"{name} is {value!r}; expected a whole number of at least 1")


def _check_keys(**collections: Collection[str]) -> None:
    for name, keys in collections.items():
        if isinstance(keys, str) or not all(isinstance(key, str) for key in keys):
            raise BadInput(f"{name} is {keys!r:.60}; expected a list of tokens")
