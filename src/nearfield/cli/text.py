"""What the verbs that read text share: its options."""

from __future__ import annotations

from dataclasses import dataclass
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
    max_sentence_length: Annotated[int, _option("Cut longer lines, in tokens.", min=1)] = 10_000
    errors: Annotated[Literal["replace", "refuse"], _option("What to do with invalid UTF-8.")] = "replace"
