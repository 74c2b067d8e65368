import json
import shutil

import numpy as np
import pytest
import safetensors.numpy

from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.formats import load, native
from nearfield.formats.safetensors import write_arrays
from nearfield.vectors import Vectors


@pytest.fixture
def folder(vectors, tmp_path):
    vectors.save(tmp_path / "words")
    return tmp_path / "words"


def test_what_is_in_the_folder(folder, vectors):
    assert {file.name for file in folder.iterdir()} == {"vectors.safetensors", "keys.txt", "config.json", "README.md"}
    arrays = safetensors.numpy.load_file(folder / "vectors.safetensors")
    np.testing.assert_array_equal(arrays["input"], vectors.input)
    assert arrays["counts"].tolist() == vectors.counts.tolist()
    config = json.loads((folder / "config.json").read_text())
    assert config["metadata"] == {"trained": {"epochs": 5}}
    assert (config["kind"], config["keys"], config["dim"], config["storage"]) == ("vectors", 7, 5, "float32")


def test_what_belongs_to_vectors_is_written_with_them_or_nothing_is(folder, vectors):
    native.write(vectors, folder, beside=lambda within: vectors.save(within / "users"))
    assert load(folder).keys == load(folder / "users").keys == vectors.keys
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(ZeroDivisionError):
        native.write(vectors, folder, beside=lambda within: 1 / 0)
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_tables_stay_on_disk_unless_they_are_wanted_in_memory(folder):
    assert isinstance(load(folder).input_table.values, np.memmap)
    assert not isinstance(load(folder, mmap=False).input_table.values, np.memmap)


def test_mapped_vectors_answer_and_outlive_their_folder(folder, vectors):
    mapped = load(folder)
    shutil.rmtree(folder)
    assert mapped.similar("the", k=3) == vectors.similar("the", k=3)
    assert mapped.next("the", k=3) == vectors.next("the", k=3)


def test_vectors_may_be_saved_over_the_folder_that_they_are_mapped_from(folder, vectors):
    load(folder).save(folder)
    load(folder).subset(["the"]).save(folder)
    assert load(folder)["the"].tolist() == vectors["the"].tolist()


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_smaller_storage_is_kept(tmp_path, vectors, storage):
    small = vectors.quantize(storage)
    small.save(tmp_path / "small")
    back = load(tmp_path / "small")
    assert back.storage == back.output_table.storage == storage
    np.testing.assert_array_equal(back.input, small.input)
    np.testing.assert_array_equal(back.output, small.output)


@pytest.mark.parametrize("storage", ["float32", "int8"])
def test_the_nodes_of_a_tree_are_kept(tmp_path, vectors, storage):
    tree = Vectors(vectors.keys, vectors.input, counts=vectors.counts, nodes=vectors.output[1:]).quantize(storage)
    tree.save(tmp_path / "tree")
    back = load(tmp_path / "tree")
    assert back.nodes_table.storage == storage
    np.testing.assert_array_equal(back.nodes, tree.nodes)
    assert "input and nodes rows" in (tmp_path / "tree" / "README.md").read_text()


@pytest.mark.parametrize("order", [">f4", "F"])
def test_arrays_of_any_layout(tmp_path, vectors, order):
    rows = np.asfortranarray(vectors.input) if order == "F" else vectors.input.astype(order)
    Vectors(vectors.keys, rows).save(tmp_path / "v")
    np.testing.assert_array_equal(load(tmp_path / "v").input, vectors.input)


def damage(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("keys.txt", lambda text: text.replace(b"the\n", b""), r"input has shape \(7, 5\) for the 6 keys of keys.txt"),
        ("keys.txt", lambda text: text[:-1], r"keys.txt: the last line has no line end"),
        ("keys.txt", lambda text: b"\xff" + text, r"keys.txt: is not UTF-8 at byte 0"),
        ("keys.txt", lambda text: text.replace(b"#1", b"the"), r"words: key 'the' stands twice"),
        ("config.json", lambda text: text[:-5], r"config.json: is no JSON"),
        (
            "config.json",
            lambda text: text.replace(b'"vectors"', b'"sequences"'),
            r"kind is 'sequences'; expected 'vectors'",
        ),
        (
            "config.json",
            lambda _: b'{"kind": "vectors", "format_version": 1, "metadata": 3}',
            "metadata is 3; expected",
        ),
        ("vectors.safetensors", lambda data: data[:-1], "vectors.safetensors: .* the file is damaged"),
        ("vectors.safetensors", lambda data: data[:100], "vectors.safetensors: .* the file is damaged"),
        (
            "vectors.safetensors",
            lambda data: data.replace(b'"input"', b'"inpux"'),
            "holds inpux, output, counts; expected",
        ),
    ],
)
def test_hostile_folders(folder, name, change, message):
    damage(folder, name, change)
    with pytest.raises(BadInput, match=message) as caught:
        load(folder)
    assert str(folder) in str(caught.value)


def test_a_later_format_is_not_guessed_at(folder):
    damage(folder, "config.json", lambda text: text.replace(b'"format_version": 1', b'"format_version": 2'))
    with pytest.raises(IncompatibleVersion, match="format version 2; this release reads 1 to 1; upgrade nearfield"):
        load(folder)


@pytest.mark.parametrize("missing", ["keys.txt", "vectors.safetensors"])
def test_a_missing_file_is_named(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(BadInput, match=f"{missing}: is missing; the folder is damaged"):
        load(folder)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"input": np.ones(2, np.float32)}, r"input has shape \(2,\) for the 2 keys"),
        ({"input": np.ones((2, 3), np.int8)}, "stored as int8; expected scales"),
        ({"input": np.ones((2, 3), np.float32), "input_scales": np.ones(2, np.float32)}, "expected scales with int8"),
        ({"input": np.ones((2, 3), np.float32), "output": np.ones((3, 3), np.float32)}, r"output has shape \(3, 3\)"),
        ({"input": np.ones((2, 3), np.float32), "nodes": np.ones((2, 3), np.float32)}, r"nodes have shape \(2, 3\)"),
        (
            {"input": np.ones((2, 3), np.float32), "nodes": np.ones((1, 3), np.float32)},
            "nodes are given without counts",
        ),
        ({"input": np.ones((2, 3), np.float32), "counts": np.array([-1, -2])}, "a count is -2; expected none below 0"),
        ({"input": np.ones((2, 3), np.float32), "code": np.ones(2, np.int8)}, "holds input, code; expected"),
    ],
)
def test_arrays_that_do_not_fit_together(tmp_path, arrays, message):
    Vectors(["a", "b"], np.ones((2, 3))).save(tmp_path / "v")
    write_arrays(tmp_path / "v" / "vectors.safetensors", arrays)
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path / "v")
    assert str(tmp_path / "v") in str(caught.value)


@pytest.mark.parametrize("name", ["input", "output"])
def test_a_mapped_value_that_is_no_number_is_found_when_asked(tmp_path, name):
    tables = {key: np.ones((2, 3), np.float32) for key in ("input", "output")}
    Vectors(["a", "b"], **tables).save(tmp_path / "v")
    tables[name] = tables[name].copy()
    tables[name][1, 2] = np.nan
    write_arrays(tmp_path / "v" / "vectors.safetensors", tables)
    vectors = load(tmp_path / "v")
    ask = vectors.similar if name == "input" else vectors.next
    with pytest.raises(BadInput, match=rf"vectors.safetensors: {name} row 1, column 2 is nan; expected a number"):
        ask("a")
    with pytest.raises(BadInput, match=rf"vectors.safetensors: {name} row 1, column 2 is nan"):
        load(tmp_path / "v", mmap=False)
