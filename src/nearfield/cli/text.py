"""What the verbs that read text share: its options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

TEXT = "Text"


def _option(help: str, **more: Any) -> Any:
    return typer.Option(help=help, rich_help_panel=TEXT, **more)


@dataclass(frozen=True)
class TextOptions:
    """How words are found in text; see `nearfield.read_text`."""

    language: Annotated[
        Literal["en", "zh", "whitespace"], _option("How words are found; whitespace: tokens as they stand.")
    ] = "en"
    lowercase: Annotated[bool, _option("Turn letters into lower case.")] = True
    digits: Annotated[bool, _option("Keep numbers.")] = True
    punctuation: Annotated[bool, _option("Make each punctuation mark a token of its own.")] = False
    simplify: Annotated[bool, _option("Turn traditional into simplified Chinese first.")] = False
    normalization: Annotated[
        Literal["NFC", "NFKC", "none"], _option("Unicode normal form; NFKC: full-width letters become plain ones.")
    ] = "NFC"
    dictionary: Annotated[
        Path | None, _option("Words for --language zh, as jieba has them: word, frequency, tag a line.", metavar="FILE")
    ] = None
    max_sentence_length: Annotated[int, _option("Cut longer lines, in tokens.", min=1)] = 10_000
    encoding: Annotated[
        str | None,
        _option("Of the text and the lists, if not UTF-8: gb18030, big5, utf-16, latin-1, …", metavar="NAME"),
    ] = None
    errors: Annotated[
        Literal["replace", "refuse", "ignore"],
        _option("Invalid bytes: replace up to 1 % of a file, refuse any, or leave them out."),
    ] = "replace"
