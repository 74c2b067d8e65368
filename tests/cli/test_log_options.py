"""The options of the verbs that read a log do what those of Python do."""

import inspect

import polars
import pytest

from nearfield import read_log
from nearfield.cli.logs import LogOptions, read_behaviour
from nearfield.cli.reading import of_log
from nearfield.errors import BadInput
from nearfield.logs import Log
from nearfield.logs.reading import read_log as reader

ROWS = [
    ("u", "a", 10**9 * 1000, "view", 5.0, "x"),
    ("u", "b", 10**9 * 1000 + 60_000, "buy", 4.0, "y"),
    ("u", "c", 10**9 * 1000 + 90_000, "search", 3.0, "x"),
    ("u", "c", 10**9 * 1000 + 120_000, "view", 0.2, "x"),
    ("v", "a", 10**9 * 1000 + 200_000, "view", 9.0, "x"),
    ("v", "b", 10**9 * 1000 + 86_400_000, "view", 9.0, "y"),
    ("v", "a", 10**9 * 1000 + 86_500_000, "buy", 9.0, "x"),
]


@pytest.fixture
def clicks(tmp_path):
    names = ["user", "item", "time", "event", "seconds", "shop"]
    polars.DataFrame(ROWS, schema=names, orient="row").write_csv(tmp_path / "clicks.csv")
    return tmp_path / "clicks.csv"


def as_lists(sequences):
    return [
        (sequences.keys(i), sequences.times[s:e].tolist(), sequences.weights[s:e].tolist())
        for i, (s, e) in enumerate(zip(sequences.offsets, sequences.offsets[1:], strict=False))
    ]


def by_options(clicks, **options):
    return as_lists(
        read_behaviour(
            [str(clicks)], of_log(LogOptions(**{"event": "event", "min_count": 1} | options)), verbose=False
        ).sequences
    )


@pytest.mark.parametrize(
    ("options", "read", "clean", "split"),
    [
        ({}, {}, {}, {"gap": None}),
        ({"time_unit": "ms"}, {"time_unit": "ms"}, {}, {"gap": None}),
        ({"rule": ["latest=2001-09-09T01:48"]}, {}, {"latest": 1_000_000_080}, {"gap": None}),
        ({"dwell": "seconds"}, {"dwell": "seconds"}, {}, {"gap": None}),
        ({"timezone": "Asia/Shanghai", "gap": "day"}, {"timezone": "Asia/Shanghai"}, {}, {"gap": "day"}),
        ({"gap": "1min", "min_length": 2}, {}, {}, {"gap": "1min", "min_length": 2}),
        ({"max_length": 2, "min_count": 2}, {}, {}, {"gap": None, "max_length": 2, "min_count": 2}),
        ({"start_event": "search"}, {}, {}, {"gap": None, "start_event": "search"}),
        ({"half_life": ["1h"]}, {}, {}, {"gap": None, "half_life": "1h"}),
        ({"half_life": ["1h,30d"]}, {}, {}, {"gap": None, "half_life": ["1h", "30d"]}),
        (
            {"half_life": ["buy=30d", "view=1h,2h"]},
            {},
            {},
            {"gap": None, "half_life": {"buy": "30d", "view": ["1h", "2h"]}},
        ),
        ({"event_weight": ["buy=5", "search=0"]}, {}, {}, {"gap": None, "event_weights": {"buy": 5, "search": 0}}),
        ({"rule": ["max-per-minute=2"]}, {}, {"max_per_minute": 2}, {"gap": None}),
        (
            {"rule": ["max_purchases=1", "purchases=buy,search", "period=1d", "max_events=none"]},
            {},
            {"max_purchases": 1, "purchases": ("buy", "search"), "period": "1d", "max_events": None},
            {"gap": None},
        ),
        ({"rule": ["duplicates=off"]}, {}, {"duplicates": False}, {"gap": None}),
    ],
)
def test_options_are_those_of_python(clicks, options, read, clean, split):
    log = read_log(clicks, event="event", **read).clean(**clean)
    assert by_options(clicks, **options) == as_lists(log.sessions(**split))


def test_groups_come_along(clicks):
    found = read_behaviour([str(clicks)], of_log(LogOptions(group="shop", min_count=1)), verbose=False)
    assert found.groups == {"a": "x", "b": "y", "c": "x"}
    assert read_behaviour([str(clicks)], of_log(LogOptions(min_count=1)), verbose=False).groups is None


def test_every_option_of_sessions_is_there():
    """What Python takes and the command line does not is named here, with the reason."""
    here = {field.replace("event_weight", "event_weights") for field in LogOptions.__dataclass_fields__}
    python = set(inspect.signature(Log.sessions).parameters) | set(inspect.signature(reader).parameters)
    assert python - here == {
        "self",
        "source",  # the argument
        "now",  # moves all weights alike
        "unknown_events",  # what is typed must match
        "value",  # a column for those who go on with the table
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": ["max_per_minute"]}, "--rule is 'max_per_minute'; expected name=value"),
        ({"rule": ["max_clicks=3"]}, "Rules has no parameter .max_clicks.;.*t has: duplicates, earliest"),
        ({"rule": ["max_events=many"]}, "max_events is 'many'; expected a whole number"),
        ({"rule": ["max_events=1", "max_events=2"]}, "--rule names 'max_events' twice"),
        ({"rule": ["max_events=1"], "clean": False}, "--rule with --no-clean; expected one of them"),
        ({"event_weight": ["buy=much"]}, "--event-weight has 'much' for 'buy'; expected a number"),
        ({"event_weight": ["buy=-1"]}, "event_weights has -1.0 for 'buy'; expected 0 or more"),
        ({"half_life": ["1h", "2h"]}, "--half-life is '1h'; expected name=value"),
        ({"half_life": ["1h,"]}, "'' is no duration"),
        (
            {"event_weight": ["Buy=3"]},
            "event_weights names the event 'Buy', which never occurs; there are: view, buy, search",
        ),
        (
            {"half_life": ["Buy=3d"]},
            "half_life names the event 'Buy', which never occurs; there are: view, buy, search",
        ),
        ({"start_event": "Search"}, "start_event names the event 'Search', which never occurs; there are: view, buy"),
        ({"rule": ["purchases=Buy"]}, "purchases names the event 'Buy', which never occurs; there are: view, buy"),
    ],
)
def test_options_that_cannot_be(clicks, options, message):
    with pytest.raises(BadInput, match=message):
        by_options(clicks, **options)
