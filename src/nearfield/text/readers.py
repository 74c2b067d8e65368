"""`read_text`: from raw text to sequences, read once and never kept."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from nearfield.defaults import MIN_COUNT
from nearfield.errors import BadInput
from nearfield.io import Source, find_files
from nearfield.parameters import Count, Workers, checks_arguments
from nearfield.reading import step
from nearfield.sequences import Sequences
from nearfield.text.dictionary import Dictionary

if TYPE_CHECKING:
    from nearfield.text.phrases import PhraseSource

_MOST_WORKERS = 4
_TABLE_ROOM, _SMALLEST_TABLE = 8, 1_000_000
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@checks_arguments
def read_text(
    source: Source,
    *,
    language: str = "en",
    lowercase: bool = True,
    digits: bool = True,
    punctuation: bool = False,
    simplify: bool = False,
    normalization: str = "NFC",
    dictionary: Dictionary | None = None,
    min_count: Count = MIN_COUNT,
    max_vocab_size: Count | None = None,
    keep: Collection[str] = (),
    stop: Collection[str] = (),
    max_sentence_length: Count = 10_000,
    phrases: PhraseSource | None = None,
    encoding: str | None = None,
    errors: str = "replace",
    workers: Workers = None,
    block_size: Count = 1 << 19,
) -> Sequences:
    """Read text, one sentence a line, into sequences of token ids.

    The text is read once, block by block: memory holds the distinct tokens and a few blocks for each worker, never the
    text. The ids wait in a file without a name under `$TMPDIR` (4 bytes a token). The same text and options give the
    same result, whatever the number of workers or the size of a block.

    Parameters
    ----------
    source : path, glob, folder, "-" or a list of these
        Text, plain or compressed (`.gz`, `.zst`, `.bz2`). A folder stands for all files below it, sorted; hidden ones
        are left out. `-` is standard input. A line ends where Unicode has a mandatory break (LF, CR, CRLF, U+0085,
        U+2028, U+2029, form feed, vertical tab).
    language : {"en", "zh", "whitespace"}
        `en`: a word is a run of letters (of any script) with the marks on them and, if `digits`, numbers. An apostrophe
        between two of these belongs to the word (`don't`, `o'clock`; ’ becomes '), any other is punctuation, and so is
        the hyphen. A mark without a letter is no word; a soft hyphen and other invisible characters are left out of
        words, and zero-width joiners stay within words of the scripts that spell with them. `zh`: rjieba cuts the words
        (the extra `chinese`), then the same rules hold. `whitespace`: tokens as they stand between white space (as
        `str.split` has it); `lowercase`, `digits` and `punctuation` do nothing. Text in scripts without spaces
        (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is refused under a language that cannot cut it into words.
    lowercase : bool
        Turn letters into lower case.
    digits : bool
        Keep numbers (`covid19`, `2021`; `3.14` becomes `3` and `14`). Without, they divide words as blanks do.
    punctuation : bool
        Make each punctuation mark and symbol a token of its own. Without, they divide words as blanks do.
    simplify : bool
        Turn traditional into simplified Chinese first (OpenCC t2s; language `zh` only).
    normalization : {"NFC", "NFKC", "none"}
        The Unicode normal form of tokens. NFKC also makes full-width letters and digits, ligatures and the like plain
        ones.
    dictionary : path, or list of lines, optional
        Words for rjieba beside its own (language `zh` only), in jieba's format: `word`, `word frequency` or
        `word frequency tag` a line, a file in the encoding of the text. Words with spaces or signs in them
        (`Edu Trust认证`) are found, too.
    min_count : int
        Drop tokens that are seen fewer times.
    max_vocab_size : int, optional
        Keep that many of the most frequent tokens. Then the table of distinct tokens is bounded while reading, too:
        when it holds more than 8 × `max_vocab_size`, at least 1,000,000, the rarer half is forgotten, so that counts of
        rare tokens in a text of that size may come out too low.
    keep, stop : collection of str
        Tokens that stay however rare they are; tokens that go however frequent. They are brought to the normal form
        and the case of the text.
    max_sentence_length : int
        Lines of more tokens are cut into sentences of this length (counted before rare tokens drop out).
    phrases : Phrases, or several, optional
        Words that belong together become one token, on the text as it stands: before `min_count`, `max_vocab_size` and
        `stop` drop any, which they do by the counts of what was joined. Numbers and punctuation left out divide
        words as blanks do. `Phrases()` that are not fitted yet are fitted to this text; fitted ones (loaded, say) are
        applied. What `Phrases.to_dict` returned will do, too.
    encoding : str, optional
        Any text encoding of Python (`gb18030`, `big5`, `utf-16`, `latin-1`) where the text is not UTF-8.
    errors : {"replace", "refuse", "ignore"}
        What is not in the encoding becomes U+FFFD, with one warning that counts it, and more than 1 % of the characters
        of a file raise `BadInput`; any raises `BadInput`; or it is left out.
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
        many tokens and distinct keys there were before any were dropped, and how many of `keep` and `stop` were there.

    Raises
    ------
    BadInput
        No such file, an unknown option, a file that is no text or is damaged, another encoding or a script that the
        language cannot cut into words, a text without tokens, or a vocabulary that `min_count` or `stop` empties.
    MissingExtra
        `language="zh"` without the extra `chinese`.
    StorageError
        A file or folder that cannot be read; no space for the ids.

    Warns
    -----
    UserWarning
        How much was no UTF-8 and where it began, with `errors="replace"`; a smaller part of the text in scripts that
        the language cannot cut into words.
    """
    from nearfield.io import read_blocks
    from nearfield.text.corpus import ALL_TOKENS, Corpus, select
    from nearfield.text.dictionary import read_dictionary
    from nearfield.text.phrases import as_phrases
    from nearfield.text.scripts import check_scripts
    from nearfield.text.segment import Segmenter
    from nearfield.text.validity import InvalidCount

    workers = _default_workers() if workers is None else workers
    numbers = {"min_count": min_count, "max_sentence_length": max_sentence_length, "block_size": block_size}
    _check_numbers(numbers | {"max_vocab_size": 1 if max_vocab_size is None else max_vocab_size, "workers": workers})
    _check_keys(keep=keep, stop=stop)
    lines = [] if dictionary is None else read_dictionary(dictionary, encoding)
    segmenter = Segmenter(
        language=language,
        lowercase=lowercase,
        digits=digits,
        punctuation=punctuation,
        simplify=simplify,
        errors=errors,
        normalization=normalization,
        encoding=encoding,
        dictionary=tuple(lines),
    )
    keep, stop = (list(map(segmenter.prepared_key, keys)) for keys in (keep, stop))
    most = None if max_vocab_size is None else max(_TABLE_ROOM * max_vocab_size, _SMALLEST_TABLE)
    joiners = as_phrases(phrases)
    # what is forgotten leaves no gap either
    corpus = Corpus(keep, None if joiners else most, restored=segmenter.restored)
    invalid = InvalidCount(segmenter.encoding)
    decoding = "strict" if errors == "refuse" else errors
    blocks = read_blocks(find_files(source), block_size, encoding=segmenter.encoding, errors=decoding)
    for block in in_order(segmenter, blocks, workers):
        corpus.append(block)
        invalid.add(block)
    invalid.warn()
    check_scripts(corpus.table, language)
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
        "normalization": normalization,
        "dictionary": lines,
        **selection,
        "max_sentence_length": max_sentence_length,
        "phrases": [joiner.to_dict() for joiner in joiners],
        "encoding": segmenter.encoding,
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
