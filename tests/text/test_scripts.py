"""Text in scripts without spaces, under languages that cannot cut it into words."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.text.scripts import _code_points

Write = Callable[..., Path]
SENTENCES = {
    "Chinese": "他来到了北京，学习自然语言处理。我们在这里工作，他们也来了。\n",
    "Japanese": "これは日本語のテキストです。東京は日本の首都であり、人口が多い。\n",
    "Thai": "ภาษาไทยเป็นภาษาที่สวยงาม\n",
    "Lao": "ພາສາລາວແມ່ນພາສາທາງການ\n",
    "Khmer": "ភាសាខ្មែរជាភាសាផ្លូវការ\n",
    "Burmese": "မြန်မာဘာသာစကားသည်တရားဝင်\n",
}
SEGMENTED = {
    "Chinese": "他 来到 了 北京 学习 自然 语言 处理 我们 在 这里 工作 他们 也 来 了\n",
    "Japanese": "これ は 日本 語 の テキスト です 東京 は 日本 の 首都 で あり 人口 が 多い\n",
    "Thai": "ภาษา ไทย เป็น ภาษา ที่ สวย งาม\n",
    "Lao": "ພາສາ ລາວ ແມ່ນ ພາສາ ທາງການ\n",
    "Khmer": "ភាសា\u200bខ្មែរ\u200bជា\u200bភាសា\u200bផ្លូវការ\n",
    "Burmese": "မြန်မာ ဘာသာ စကား သည် တရားဝင်\n",
}
ENGLISH = "the cat sat on the mat and saw the other cat that sat there before\n"


@pytest.mark.parametrize("name", SENTENCES)
def test_uncut_text_is_refused_with_the_fix(write: Write, name: str) -> None:
    path = write(SENTENCES[name] * 5)
    fix = (
        r"language='zh' \(--language zh\)$"
        if name == "Chinese"
        else r"language='whitespace' \(--language whitespace\)$"
    )
    with pytest.raises(BadInput, match=rf"% of the letters are {name}, written without spaces, .*{fix}"):
        nf.read_text(path, min_count=1)
    if name != "Chinese":
        with pytest.raises(BadInput, match="language='whitespace'"):
            nf.read_text(path, language="zh", min_count=1)
    with pytest.warns(UserWarning, match=f"are {name}, written without spaces"):
        nf.read_text(path, language="whitespace", min_count=1)


@pytest.mark.parametrize("name", SEGMENTED)
def test_text_with_spaces_between_words_is_read(write: Write, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for language in ("en", "whitespace")[: 1 if "\u200b" in SEGMENTED[name] else 2]:
            assert len(nf.read_text(write(SEGMENTED[name] * 5), language=language, min_count=1).vocabulary) >= 4


@pytest.mark.parametrize("name", ["Chinese", "Thai"])
def test_a_small_part_is_told_and_less_is_not(write: Write, name: str) -> None:
    with pytest.warns(UserWarning, match=f"1.% of the letters are {name}"):
        nf.read_text(write(ENGLISH * 30 + SENTENCES[name] * 10), min_count=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nf.read_text(write(ENGLISH * 100 + SENTENCES[name]), min_count=1)
    with pytest.raises(BadInput, match=f"are {name}"):
        nf.read_text(write(ENGLISH * 5 + SENTENCES[name] * 20), min_count=1)


def test_chinese_read_as_chinese_is_fine(write: Write) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nf.read_text(write(SENTENCES["Chinese"] + ENGLISH), language="zh", min_count=1)


def test_code_points_are_pythons_in_sixteens() -> None:
    text = "aé中𠀀😀ก"
    places, code_points = _code_points(np.frombuffer(text.encode(), np.uint8))
    assert places.tolist() == [0, 1, 3, 6, 10, 14]
    for letter, code_point in zip(text, code_points.tolist(), strict=True):
        assert code_point >> 6 == (ord(letter) >> 6 if ord(letter) >= 0x800 else 0)
