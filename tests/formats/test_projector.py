import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.formats import load, save
from nearfield.vectors import Vectors


@pytest.fixture
def folder(tmp_path):
    save(Vectors(["a", "b c"], np.array([[1, 2], [3, 4]]), counts=[5, 1]), tmp_path / "map", format="projector")
    return tmp_path / "map"


def test_the_files_are_as_tensorboard_wants_them(folder, tmp_path):
    assert (folder / "tensors.tsv").read_text() == "1.0\t2.0\n3.0\t4.0\n"
    assert (folder / "metadata.tsv").read_text() == "key\tcount\na\t5\nb c\t1\n"
    assert 'tensor_path: "tensors.tsv"' in (folder / "projector_config.pbtxt").read_text()
    # a single column has no header, says the projector's manual
    save(Vectors(["a", "b c"], np.ones((2, 2))), tmp_path / "plain", format="projector")
    assert (tmp_path / "plain" / "metadata.tsv").read_text() == "a\nb c\n"


def test_files_of_others_have_more_columns_and_no_config(tmp_path):
    (tmp_path / "tensors.tsv").write_bytes(b"1\t2\r\n3\t4")
    (tmp_path / "metadata.tsv").write_bytes(b"word\tpart\r\ncat\tnoun\r\nsit\tverb")
    vectors = load(tmp_path)
    assert vectors.keys == ("cat", "sit")
    assert vectors.counts is None
    assert vectors["sit"].tolist() == [3, 4]


def test_a_folder_is_replaced_only_if_it_is_ours(folder, tmp_path):
    save(Vectors(["c"], np.ones((1, 2))), folder, format="projector")
    assert load(folder).keys == ("c",)
    (folder / "config.json").unlink()
    with pytest.raises(BadInput, match="is a folder that nearfield did not write"):
        save(Vectors(["d"], np.ones((1, 2))), folder, format="projector")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tensors.tsv", b"1\t2\n", r"tensors.tsv: has 1 lines for the 2 keys of metadata.tsv"),
        ("tensors.tsv", b"1\t2\n3\t4\n5\t6\n", r"tensors.tsv: has 3 lines for the 2 keys of metadata.tsv"),
        ("tensors.tsv", b"1\t2\n3\n", r"tensors.tsv:2: 1 values; expected 2"),
        ("tensors.tsv", b"1\t2\n3\tx\n", r"tensors.tsv:2: 'x' is no number"),
        ("tensors.tsv", b"1\t2\n3\tnan\n", r"tensors.tsv:2: 'nan' is no number"),
        (
            "tensors.tsv",
            b"\t" * 1_000_000 + b"\n\n",
            r"tensors.tsv:1: '' is no number that float32 can hold",
        ),
        ("tensors.tsv", b"", r"tensors.tsv: has 0 lines"),
        ("metadata.tsv", b"key\tcount\na\t5\nb\n", r"metadata.tsv:3: 1 columns; expected 2 as in the header"),
        ("metadata.tsv", b"key\tcount\na\t5\nb\tmany\n", r"metadata.tsv:3: count 'many' is no whole number"),
        ("metadata.tsv", b"key\tcount\na\t-1\nb\t5\n", r"metadata.tsv:2: count '-1' is no whole number from 0 to"),
        ("metadata.tsv", b"key\tcount\na\t1_0\nb\t5\n", r"metadata.tsv:2: count '1_0' is no whole number"),
        ("metadata.tsv", b"a\na\n", r"metadata.tsv: key 'a' is on line 1 and again on line 2"),
        ("metadata.tsv", b"a\n\xff\n", r"metadata.tsv:2: key b'\\xff' is not UTF-8"),
    ],
)
def test_hostile_folders(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        load(folder)


def test_a_missing_file_is_named(folder):
    (folder / "metadata.tsv").unlink()
    with pytest.raises(BadInput, match=r"metadata.tsv: is missing; expected tensors.tsv and metadata.tsv"):
        load(folder)
