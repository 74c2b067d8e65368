"""Guesses of an encoding, on texts of the languages that it is for."""

from __future__ import annotations

import gzip
import os
import random
from pathlib import Path

import opencc
import pytest

from nearfield.io.encodings import likely_encoding

JAPANESE = "これは日本語のテキストです。東京は日本の首都であり、人口が多い。彼は学校へ行きました。"
TEXTS = {
    "cp932": JAPANESE,
    "euc_jp": JAPANESE,
    "cp949": "이것은 한국어 텍스트입니다. 서울은 대한민국의 수도이며 인구가 많다. 그는 학교에 갔다.",
    "cp1251": "Это русский текст. Москва — столица России, и там много людей.",
    "koi8_r": "Это русский текст. Москва столица России, и там много людей.",
    "latin-1": "Der Mann ging über die Straße, während die Mädchen schön sangen.",
    "cp1252": "“L’été” est déjà là – à l’école",
    "cp1250": "Zażółć gęślą jaźń. Příliš žluťoučký kůň",
    "cp1253": "Αυτό είναι ελληνικό κείμενο",
    "cp1255": "זה טקסט בעברית",
    "cp1256": "هذا نص باللغة العربية",
    "cp874": "ภาษาไทยเป็นภาษาที่สวยงาม",
    "utf-16-le": "hello world\nand this",
    "utf-16-be": "hello world\nand this",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_texts_are_known(encoding: str) -> None:
    assert likely_encoding(TEXTS[encoding].encode(encoding)) == encoding


def test_chinese_of_a_whole_page_is_known() -> None:
    folder = Path(os.environ.get("NEARFIELD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = folder / "text_zhwiki" / "zhwiki.seg.txt.gz"
    if not path.is_file():
        pytest.skip("the Chinese Wikipedia is not here; set NEARFIELD_DATA to the folder of data sets")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        simplified = file.read(60_000)
    traditional = opencc.OpenCC("s2t").convert(simplified)
    for text, encoding in ((simplified, "gb18030"), (traditional, "big5")):
        pages = [text[i : i + 1500].encode(encoding, "ignore") for i in range(0, len(text), 1500)]
        assert {likely_encoding(page) for page in pages} == {encoding}


@pytest.mark.parametrize(
    "data", [b"", b"plain", b"\xff", b"\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", random.Random(1).randbytes(3000)]
)
def test_nothing_is_made_of_what_is_no_text(data: bytes) -> None:
    assert likely_encoding(data) is None
