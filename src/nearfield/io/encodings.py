"""In which encoding text may be that is not UTF-8: a guess for messages, never for reading."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple


class _Letters(NamedTuple):
    """The letters of a language, the frequent ones first; which share of a text they are; how many others there are."""

    frequent: str
    share: float
    n_others: int


_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长，。"
)
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天"
    "而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長，。"
)
_KANA = "のにるたをはしいとてがなでっかれらもすりこさまく、。ンスーよきあけどトルリイラクアんえそみつおうちシドレロ"
_HANGUL = "이다는을의에고가지로하기사한리도인대자은를서나아어시그라만해정일수부있게들스여었보구으전주"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїє"
_CHINESE = {"gb18030": _Letters(_SIMPLIFIED, 0.45, 20_000), "big5": _Letters(_TRADITIONAL, 0.45, 13_000)}
# written in runs of letters that are not ASCII
_OTHER_SCRIPTS = _CHINESE | {
    "cp932": _Letters(_KANA, 0.55, 6000),
    "euc_jp": _Letters(_KANA, 0.55, 6000),
    "cp949": _Letters(_HANGUL, 0.45, 6000),
    "cp1251": _Letters(_CYRILLIC, 0.9, 60),
    "koi8_r": _Letters(_CYRILLIC, 0.9, 60),
    "cp1253": _Letters("αοιετσνηυρπκμλςίόγδάήθέχφύώβξζψ", 0.9, 60),
    "cp874": _Letters("านรกอเงมยลวดทส่ตปั้คบิ์แขจใชไพหผะ", 0.9, 60),
    "cp1255": _Letters("יוהלאתרמבשנםדקחפטגעכסזצןךףץ", 0.95, 60),
    "cp1256": _Letters("اليمونرتبةعدسفهكقحجأطخصشضىذثغزظءئإآؤ", 0.95, 60),
}
# single letters among those of ASCII
_LATIN = {
    "cp1252": _Letters("éäüèöàßáóíçñãêåøúõâôîûïëæœ’“”–«»°", 0.95, 60),
    "cp1250": _Letters("áíéýěčžšřůąęłóćśżńźőűăşţúöüä„”–", 0.95, 60),
}
CHINESE_JAPANESE_KOREAN = frozenset(name for name, letters in _OTHER_SCRIPTS.items() if letters.n_others > 1000)
_RUN = re.compile(rb"[\x80-\xff]+")
_ERROR = math.log(1e-7)
_FEWEST_BYTES = 6
_LEAST = -5.1  # per byte; letters of no language at all come to less


def likely_encoding(data: bytes) -> str | None:
    """Return the name of the encoding that bytes, not UTF-8, are likely to be text in; None where nothing fits.

    What is not ASCII is read in each encoding, and the one wins in whose languages these letters are the likeliest.

    >>> likely_encoding("我们在这里学习中文，他们也来了。".encode("gb18030"))
    'gb18030'
    >>> likely_encoding("été à l'école, déjà".encode("latin-1"))
    'latin-1'
    """
    if b"\0" in data:
        return _wide(data)
    runs = _RUN.findall(data)
    n_bytes = sum(map(len, runs))
    if not n_bytes or _is_damaged_utf8(data):
        return None
    # in Big5 and the like, the second byte of a letter may be one of ASCII
    length = n_bytes / len(runs)
    candidates = (_LATIN if length < 2 else {}) | (_OTHER_SCRIPTS if length > 1.2 and n_bytes >= _FEWEST_BYTES else {})
    scores = {name: _log_likelihood(data, name, letters) for name, letters in candidates.items()}
    best = max(scores, key=scores.__getitem__, default="")
    if scores.get(best, -math.inf) < _LEAST:
        return None
    return "latin-1" if best == "cp1252" and not re.search(rb"[\x80-\x9f]", data) else best


def _is_damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    n_damaged = text.count("\ufffd")
    return sum(not letter.isascii() for letter in text) > 2 * n_damaged


def _wide(data: bytes) -> str | None:
    """Return which UTF-16 has its NUL bytes at such places."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) < 4 * min(even, odd) or max(even, odd) < 2:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _log_likelihood(data: bytes, encoding: str, letters: _Letters) -> float:
    """Return ln P of what is not ASCII, for each byte, where the letter of rank r has a share of about 1 / (r + 3)."""
    weights = [1 / (rank + 3) for rank in range(len(letters.frequent))]
    scale = letters.share / sum(weights)
    known = {letter: math.log(weight * scale) for letter, weight in zip(letters.frequent, weights, strict=True)}
    known["\ufffd"] = _ERROR
    other = math.log((1 - letters.share) / letters.n_others)
    counts = Counter(letter for letter in data.decode(encoding, "replace") if not letter.isascii())
    total = sum(n * known.get(letter, other) for letter, n in counts.items())
    # the second byte of a letter may be one of ASCII
    n_bytes = sum(n * len(letter.encode(encoding, "replace")) for letter, n in counts.items())
    return total / max(1, n_bytes)
