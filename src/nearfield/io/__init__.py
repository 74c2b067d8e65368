"""Input: which files a source names, and their content whatever they are compressed or encoded with."""

from nearfield.io.blocks import LONGEST_WORD, Block, read_blocks
from nearfield.io.inputs import (
    COMPRESSIONS,
    as_text,
    check_text,
    checked_encoding,
    compression,
    copied_file,
    ending,
    is_regular,
    open_input,
    plain_file,
    read_chunks,
    read_text_file,
)
from nearfield.io.numbers import is_number
from nearfield.io.parquet import open_parquet
from nearfield.io.sources import STANDARD_INPUT, Source, find_files

__all__ = [
    "COMPRESSIONS",
    "LONGEST_WORD",
    "STANDARD_INPUT",
    "Block",
    "Source",
    "as_text",
    "check_text",
    "checked_encoding",
    "compression",
    "copied_file",
    "ending",
    "find_files",
    "is_number",
    "is_regular",
    "open_input",
    "open_parquet",
    "plain_file",
    "read_blocks",
    "read_chunks",
    "read_text_file",
]
