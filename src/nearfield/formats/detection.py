"""Which format a file or a folder is in: by its content, and by its ending where the content does not tell."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.files import file_ending
from nearfield.formats.fasttext import MAGIC as FASTTEXT
from nearfield.formats.keys import CONTROL
from nearfield.formats.projector import TENSORS
from nearfield.formats.rows import natural_dim
from nearfield.formats.streams import HEAD_BYTES, Source
from nearfield.formats.word2vec import HEADER, MAX_HEADER
from nearfield.io import COMPRESSIONS, STANDARD_INPUT, check_text, compression, ending

NUMERIC = b"0123456789+-.eE \r"
SURE_DIM = 4  # from here on chance does not make float32 bytes look like digits
PICKLE = re.compile(rb"\x80[\x02-\x05]")
SUFFIXES = {
    ".txt": "word2vec",
    ".vec": "word2vec",
    ".bin": "word2vec-binary",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npz": "numpy",
}
STREAMED = ("word2vec", "word2vec-binary", "glove")  # may be compressed


def format_of_suffix(path: Path) -> str | None:
    """Return the format that the ending of a name stands for, before that of a compression if there is one."""
    return SUFFIXES.get(ending(path))


def format_to_write(path: Path) -> str:
    """Return the format that a name asks for: by its ending, or a folder where it has none.

    Raises
    ------
    BadInput
        The ending is that of no format: a folder of that name is hardly meant.
    """
    named = format_of_suffix(path)
    packed = compression(path)
    if named is not None and (packed is None or named in STREAMED):
        return named
    if named is None and packed is None and not file_ending(path) and str(path) != STANDARD_INPUT:
        return "native"
    shown = f"'{ending(path)}{packed or ''}'" if str(path) != STANDARD_INPUT else "standard output"
    raise BadInput(
        f"{path}: {shown} names no format; expected a name without an ending (a folder), {', '.join(SUFFIXES)} (.txt,"
        f" .vec and .bin also with {', '.join(COMPRESSIONS)}), or format=… (convert --to)"
    )


def detect(source: Source) -> str:
    """Return the name of the format that a file is in; raise `BadInput` if it is none that can be read."""
    path, head = source.path, source.head
    if not head:
        raise BadInput(f"{path}: is empty; expected vectors")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "numpy"
    if head.startswith(FASTTEXT):
        return "fasttext"
    if PICKLE.match(head):
        raise BadInput(
            f"{path}: is a Python pickle, which can run code and is never read; let the program that wrote it write"
            " another (gensim: model.wv.save_word2vec_format)"
        )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        check_text(path, head, 0)
    return _of_lines(path, head)


def detect_folder(path: Path) -> str:
    """Return the name of the format of a folder; raise `BadInput` where it is none of vectors."""
    if (path / TENSORS).is_file():
        return "projector"
    if (path / "config.json").is_file():
        return "native"
    raise BadInput(f"{path}: holds neither config.json nor {TENSORS}; expected a folder of vectors")


def _of_lines(path: Path, head: bytes) -> str:
    first, _, rest = head.partition(b"\n")
    if header := HEADER.fullmatch(first[:MAX_HEADER]):
        return _text_or_binary(path, rest, int(header[2]))
    complete = first if rest or len(head) < HEAD_BYTES else first.rpartition(b" ")[0]
    if natural_dim(complete):
        return "glove"
    for name, separator in (("TABs", b"\t"), ("commas", b","), ("semicolons", b";")):
        if natural_dim(complete.replace(b" ", b"_").replace(separator, b" ")):
            raise BadInput(
                f"{path}: its fields are separated by {name}; expected a key and its numbers with single spaces"
            )
    raise BadInput(
        f"{path}: is in no known format; expected a folder that nearfield saved, word2vec text or binary, GloVe text,"
        " fastText, Parquet, .npz or a projector folder"
    )


def _text_or_binary(path: Path, rest: bytes, dim: int) -> str:
    """Tell the two formats of word2vec.c apart by what follows the first key, at least "0 0 … 0" in text."""
    after_key = rest.partition(b" ")[2]
    if dim >= SURE_DIM and not after_key[: 2 * dim - 1].strip(NUMERIC):
        return "word2vec"
    if dim >= SURE_DIM and CONTROL.search(after_key[: 4 * dim]):
        return "word2vec-binary"
    named = format_of_suffix(path)
    if named in ("word2vec", "word2vec-binary"):
        return named
    return "word2vec-binary" if CONTROL.search(rest) else "word2vec"
