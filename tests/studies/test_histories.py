"""What the study's rows say of the past is what had been by then."""

import numpy as np

STUDY = "histories"


def test_rows_know_the_past_of_their_user_only(study, dataset):
    run = study("run")
    examples = dataset(run.rated)
    data = run.movielens_100k.load().interactions.sort("time", maintain_order=True)
    users, items, ratings = (data[name].to_list() for name in ("user", "item", "rating"))
    names = examples.space.names
    for row in (0, 777, 50_000, 99_999):
        entries = [names[i] for i in examples.features[examples.indptr[row] : examples.indptr[row + 1]]]
        past = [(items[i], ratings[i] >= 4) for i in range(row) if users[i] == users[row]]
        wanted = [f"user={users[row]}", f"item={items[row]}"]
        for field, good in (("liked", True), ("disliked", False)):
            wanted += [f"{field}={item}" for item, kind in past if kind == good][-run.LONGEST :] if past else []
        assert entries == wanted
        assert examples.labels[row] == (ratings[row] >= 4)
    assert np.all(np.diff(examples.times) >= 0)
