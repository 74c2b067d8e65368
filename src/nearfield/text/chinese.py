"""Chinese text to words by rjieba, with the words of a user's dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nearfield.text.characters import cleaned
from nearfield.text.dictionary import parse_line

# what rjieba can have within a word; words with anything else, it never finds
_PLAIN = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9]+")
_NEEDS_EDGE = re.compile(r"[a-zA-Z0-9]")
_PRIVATE_USE = re.compile("[\U000f0000-\U0010ffff]")


class ChineseWords:
    """Cuts Chinese text; words of the dictionary with spaces or signs in them (`Edu Trust认证`, `C++`) stay whole.

    rjieba cuts at such characters whatever the dictionary says (as jieba does: fxsjy/jieba#300, #423). So these words
    are looked for first, the longest at a place, and what would cut them is written as private-use characters, which
    count as letters (`PROTECTED`) until `restored` brings them back.

    Parameters
    ----------
    lines : iterable of str
        Of a dictionary, as `dictionary` has them.
    simplify : bool
        Turn traditional into simplified Chinese first, text and dictionary.
    """

    PROTECTED = slice(0xF0000, 0x110000)

    def __init__(self, lines: Iterable[str] = (), *, simplify: bool = False) -> None:
        import rjieba

        self._simplify = simplify
        entries = [parse_line(self._simplified(cleaned(line))) for line in lines]
        self._jieba = rjieba.Jieba() if entries else rjieba
        special: dict[str, list[str]] = {}
        for word, frequency, tag in entries:
            if _PLAIN.fullmatch(word):
                self._jieba.add_word(word, frequency, tag)
            elif frequency != 0 and max(word) < "\U00020000":
                special.setdefault(word[0], []).append(word)
        self._special = {first: sorted(words, key=len, reverse=True) for first, words in special.items()}
        self._firsts = re.compile(f"[{re.escape(''.join(special))}]") if special else None

    @property
    def protects(self) -> bool:
        """Whether the dictionary has words that rjieba would cut."""
        return self._firsts is not None

    def spaced(self, text: str) -> str:
        """Return the text with a blank between two words."""
        text = self._simplified(text)
        if self._firsts is None:
            return " ".join(self._jieba.cut(text))
        text = _PRIVATE_USE.sub(" ", text)
        pieces, start = [], 0
        for place, word in self._special_words(text, self._firsts):
            pieces += [*self._jieba.cut(text[start:place]), _protected(word)]
            start = place + len(word)
        return " ".join([*pieces, *self._jieba.cut(text[start:])])

    def restored(self, token: str) -> str:
        """Return a token as the dictionary has it."""
        if self._firsts is None or token.isascii():
            return token
        return _PRIVATE_USE.sub(_original, token)

    def _special_words(self, text: str, firsts: re.Pattern[str]) -> Iterable[tuple[int, str]]:
        stop = 0
        for match in firsts.finditer(text):
            place = match.start()
            if place < stop:
                continue
            for word in self._special[match.group()]:
                if text.startswith(word, place) and _stands_alone(text, place, place + len(word)):
                    yield place, word
                    stop = place + len(word)
                    break

    def _simplified(self, text: str) -> str:
        if not self._simplify:
            return text
        import opencc

        return str(opencc.OpenCC("t2s").convert(text))


def _stands_alone(text: str, start: int, stop: int) -> bool:
    """Whether a word does not begin or end within a word or number of the Latin alphabet."""
    before, after = text[start - 1 : start], text[stop : stop + 1]
    within = _NEEDS_EDGE.match(before) and _NEEDS_EDGE.match(text[start])
    return not within and not (_NEEDS_EDGE.match(after) and _NEEDS_EDGE.match(text[stop - 1]))


def _protected(word: str) -> str:
    return "".join(letter if letter.isalpha() else _private(ord(letter)) for letter in word)


def _private(code: int) -> str:
    return chr(code + 0x100000 if code < 0x10000 else code - 0x10000 + 0xF0000)


def _original(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(code - 0x100000 if code >= 0x100000 else code - 0xF0000 + 0x10000)
