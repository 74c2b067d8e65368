"""Chinese text to words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import opencc
import pytest
import rjieba

import nearfield as nf

Write = Callable[..., Path]
TEXT = "我来到北京清华大学，2021年买了3.14斤Apple。\n\n中国科学技术大学的学生　很多！\n"


def as_lists(sequences: nf.Sequences) -> list[list[str]]:
    return [sequences.keys(i) for i in range(len(sequences))]


def test_chinese_is_cut_by_rjieba(write: Write) -> None:
    read = nf.read_text(write(TEXT), language="zh", min_count=1)
    assert as_lists(read) == [
        ["我", "来到", "北京", "清华大学", "2021", "年", "买", "了", "3", "14", "斤", "apple"],
        ["中国", "科学技术", "大学", "的", "学生", "很多"],
    ]


def test_chinese_options(write: Write) -> None:
    options = {"punctuation": True, "digits": False, "lowercase": False}
    read = nf.read_text(write(TEXT), language="zh", min_count=1, **options)
    assert as_lists(read)[0] == ["我", "来到", "北京", "清华大学", "，", "年", "买", "了", ".", "斤", "Apple", "。"]


def test_traditional_becomes_simplified(write: Write) -> None:
    traditional = opencc.OpenCC("s2t").convert(TEXT)
    assert traditional != TEXT
    read = nf.read_text(write(traditional), language="zh", simplify=True, min_count=1)
    assert as_lists(read) == as_lists(nf.read_text(write(TEXT), language="zh", min_count=1))


@pytest.mark.parametrize("block_size", [16, 100, 1 << 20])
def test_chinese_words_do_not_depend_on_the_blocks(write: Write, block_size: int) -> None:
    lines = [f"第{i}个学生来到北京大学 他们学习自然语言处理，很努力" for i in range(50)]
    read = nf.read_text(write("\n".join(lines)), language="zh", min_count=1, block_size=block_size)
    expected = [[word for word in rjieba.cut(line) if word not in " ，"] for line in lines]
    assert as_lists(read) == expected
