from pathlib import Path

import pytest

from nearfield.datasets import word_eval, word_eval_zh
from nearfield.errors import BadInput, DatasetNotFound
from nearfield.evaluate import read_pairs, read_questions

SETS = [word_eval, word_eval_zh]
SIMILARITY = [(room, name) for room in SETS for name in room.SIMILARITY]
ANALOGIES = [(room, name) for room in SETS for name in room.ANALOGIES]


@pytest.mark.parametrize(("room", "name"), SIMILARITY)
def test_every_similarity_set_is_read_whole(dataset, room, name):
    pairs = read_pairs(dataset(room.similarity, name))
    assert len(pairs) == room.SIMILARITY[name]
    assert all(word == word.strip() and word for pair in pairs for word in pair[:2])


@pytest.mark.parametrize(("room", "name"), ANALOGIES)
def test_every_analogy_set_is_read_whole(dataset, room, name):
    assert len(read_questions(dataset(room.analogies, name))) == room.ANALOGIES[name]


@pytest.mark.parametrize("find", [word_eval.similarity, word_eval_zh.similarity, word_eval_zh.analogies])
def test_an_unknown_name_lists_the_known(find):
    with pytest.raises(BadInput, match=r"no word set 'WS'; there are: .*(wordsim|semantic)"):
        find("WS")


def test_an_installed_gensim_lends_its_copies(empty_machine):
    for find, name in [(word_eval.similarity, "wordsim353"), (word_eval.analogies, "questions-words")]:
        assert Path("gensim", "test", "test_data") == Path(*find(name).parts[-4:-1])
    with pytest.raises(DatasetNotFound, match="EN-MC-30"):
        word_eval.similarity("EN-MC-30")
