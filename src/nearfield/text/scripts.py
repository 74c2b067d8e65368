"""Text in scripts that are written without spaces, under a language that cannot cut it into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput, warn
from nearfield.text.table import TokenTable

REFUSED, TOLD = 1 / 3, 1 / 20  # shares of all letters that stand in uncut text
JAPANESE = 0.15  # share of kana in what is Chinese characters or kana
_FEWEST_LETTERS = 20  # fewer say nothing of a text
_BLOCK_TOKENS = 200_000


class _Script(NamedTuple):
    """A script without spaces.

    `longest_mean` is the mean length of tokens, in code points, that text cut into words stays below: Chinese words
    have about 1.7, Japanese 2, Thai and Lao 5, Khmer and Burmese 6.
    """

    name: str
    longest_mean: float


_OTHER, _HAN, _KANA = 0, 1, 2
_SCRIPTS = (
    _Script("other letters", np.inf),
    _Script("Chinese", 2.8),
    _Script("Japanese", 3.5),
    _Script("Thai", 9),
    _Script("Lao", 9),
    _Script("Burmese", 11),
    _Script("Khmer", 11),
    _Script("Tai", 11),
)
# code points from here on, in sixteens, are of the script with that number
_STARTS = {
    0x0E00: 3,
    0x0E80: 4,
    0x0F00: _OTHER,
    0x1000: 5,
    0x10A0: _OTHER,
    0x1780: 6,
    0x1800: _OTHER,
    0x1950: 7,
    0x19E0: 6,
    0x1A00: _OTHER,
    0x1A20: 7,
    0x1AB0: _OTHER,
    0x3040: _KANA,
    0x3100: _OTHER,
    0x31F0: _KANA,
    0x3200: _OTHER,
    0x3400: _HAN,
    0xA000: _OTHER,
    0xA9E0: 5,
    0xAA00: _OTHER,
    0xAA60: 5,
    0xAA80: 7,
    0xAAE0: _OTHER,
    0xF900: _HAN,
    0xFB00: _OTHER,
    0xFF60: _KANA,
    0xFFA0: _OTHER,
    0x20000: _HAN,
}


@dataclass
class _Seen:
    """Letters and tokens of each script, by how often they stand in the text, and a long token of each."""

    letters: np.ndarray = field(default_factory=lambda: np.zeros(len(_SCRIPTS), np.int64))
    in_tokens: np.ndarray = field(default_factory=lambda: np.zeros(len(_SCRIPTS), np.int64))
    tokens: np.ndarray = field(default_factory=lambda: np.zeros(len(_SCRIPTS), np.int64))
    longest: dict[int, tuple[int, str]] = field(default_factory=dict)


def check_scripts(table: TokenTable, language: str) -> None:
    """Refuse or tell of text in which whole clauses are tokens.

    Parameters
    ----------
    table : TokenTable
        The tokens of the whole text.
    language : str

    Raises
    ------
    BadInput
        More than a third of the letters stand in such tokens; or Japanese is read as Chinese.

    Warns
    -----
    UserWarning
        More than a twentieth; or a third where tokens are to be taken as they stand.
    """
    seen = _look_through(table)
    n_letters = max(1, int(seen.letters.sum()))
    han, kana = seen.letters[[_HAN, _KANA]].tolist()
    is_japanese = kana > JAPANESE * (han + kana)
    if language == "zh" and is_japanese and han + kana > REFUSED * n_letters:
        raise BadInput(
            f"{kana / (han + kana):.0%} of the characters are kana: the text is Japanese, which language 'zh' cannot"
            f" cut into words; {_SEGMENT}"
        )
    means = seen.in_tokens / np.maximum(1, seen.tokens)
    uncut = means > [script.longest_mean for script in _SCRIPTS]
    if language == "zh":  # which cuts Chinese into words, and all else into letters
        uncut = (np.arange(len(_SCRIPTS)) > _KANA) & (seen.tokens > 0)
    share = float(seen.in_tokens[uncut].sum()) / n_letters
    if share <= TOLD or seen.in_tokens[uncut].sum() < _FEWEST_LETTERS:
        return
    script = max(np.flatnonzero(uncut).tolist(), key=seen.in_tokens.__getitem__)
    name = "Japanese" if script == _HAN and is_japanese else _SCRIPTS[script].name
    example = seen.longest[script][1]
    message = (
        f"{share:.0%} of the letters are {name}, written without spaces, and language {language!r} does not cut it into"
        f" words: tokens such as {example[:20]!r} have {means[script]:.1f} letters on average"
    )
    fix = "read it with language='zh' (--language zh)" if name == "Chinese" and language != "zh" else _SEGMENT
    if share > REFUSED and language != "whitespace":
        raise BadInput(f"{message}; {fix}")
    warn(f"{message}; {fix}")


_SEGMENT = "put spaces between its words by a segmenter for it, and use language='whitespace' (--language whitespace)"


def _look_through(table: TokenTable) -> _Seen:
    seen = _Seen()
    rows = np.searchsorted(np.array(list(_STARTS)), np.arange(0, 0x110000, 16), side="right")
    script_of_row = np.array([_OTHER, *_STARTS.values()], np.int32)[rows]
    for first in range(0, len(table), _BLOCK_TOKENS):
        data, offsets, counts = table.part(first, first + _BLOCK_TOKENS)
        if data.max(initial=0) < 0xE0:  # no letter of three bytes
            seen.letters[_OTHER] += int(np.diff(offsets) @ counts)
            continue
        places, code_points = _code_points(data)
        token = np.repeat(np.arange(len(counts)), np.diff(np.searchsorted(places, offsets)))
        script = script_of_row[code_points >> 4]
        n = np.bincount(token * len(_SCRIPTS) + script, minlength=len(counts) * len(_SCRIPTS))
        n = n.reshape(len(counts), len(_SCRIPTS))
        seen.letters += counts @ n
        main, size = n.argmax(axis=1), n.sum(axis=1)
        seen.tokens += _sums(main, counts)
        seen.in_tokens += _sums(main, counts * size)
        for number in np.unique(main).tolist():
            longest = int(np.argmax(np.where(main == number, size, -1)))
            if size[longest] > seen.longest.get(number, (0, ""))[0]:
                key = data[offsets[longest] : offsets[longest + 1]].tobytes().decode()
                seen.longest[number] = int(size[longest]), key
    return seen


def _sums(scripts: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(scripts, values, minlength=len(_SCRIPTS)).astype(np.int64)


def _code_points(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where letters begin in UTF-8, and their code points as far as scripts are told apart by them."""
    places = np.flatnonzero((data & 0xC0) != 0x80)
    padded = np.concatenate([data, np.zeros(2, np.uint8)])
    lead, second, third = (padded[places + i].astype(np.int32) for i in range(3))
    code_points = (lead & 0x0F) << 12 | (second & 0x3F) << 6 | (third & 0x3F)
    np.copyto(code_points, 0, where=lead < 0xE0)
    np.copyto(code_points, (lead & 0x07) << 18 | (second & 0x3F) << 12 | (third & 0x3F) << 6, where=lead >= 0xF0)
    return places, code_points
