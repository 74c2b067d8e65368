"""Which format a file or a folder is in: by its content, and by its ending where the content does not tell."""

from __future__ import annotations

import re
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.formats.projector import TENSORS
from nearfield.formats.streams import open_to_read
from nearfield.formats.word2vec import HEADER, MAX_HEADER

HEAD_BYTES = 1 << 16
NUMERIC = b"0123456789+-.eE \r"
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
SURE_DIM = 4  # from here on chance does not make float32 bytes look like digits
PICKLE = re.compile(rb"\x80[\x02-\x05]")
SUFFIXES = {".txt": "word2vec", ".vec": "word2vec", ".bin": "word2vec-binary", ".parquet": "parquet", ".npz": "numpy"}


def format_of_suffix(path: Path) -> str | None:
    """Return the format that the ending of a name stands for, before a .gz if there is one."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    return SUFFIXES.get(plain.suffix)


def detect(path: Path) -> str:
    """Return the name of the format that `path` is in; raise `BadInput` if it is none that can be read."""
    if path.is_dir():
        return _of_folder(path)
    with open_to_read(path) as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise BadInput(f"{path}: is empty; expected vectors")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "numpy"
    if PICKLE.match(head):
        raise BadInput(
            f"{path}: is a Python pickle, which can run code and is never read; let the program that wrote it write"
            " another (gensim: model.wv.save_word2vec_format)"
        )
    return _of_lines(path, head)


def _of_folder(path: Path) -> str:
    if (path / TENSORS).is_file():
        return "projector"
    if (path / "config.json").is_file():
        return "native"
    raise BadInput(f"{path}: holds neither config.json nor {TENSORS}; expected a folder of vectors")


def _of_lines(path: Path, head: bytes) -> str:
    first, _, rest = head.partition(b"\n")
    if header := HEADER.fullmatch(first[:MAX_HEADER]):
        return _text_or_binary(path, rest, int(header[2]))
    parts = first.rstrip(b" \r").split(b" ")
    if len(parts) > 1 and (len(head) == HEAD_BYTES or parts[-1]) and not parts[-1].strip(NUMERIC):
        return "glove"
    raise BadInput(
        f"{path}: is in no known format; expected a folder that nearfield saved, word2vec text or binary, GloVe text,"
        " Parquet, .npz or a projector folder"
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
