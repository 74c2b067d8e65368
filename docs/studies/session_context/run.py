"""What sessions bring beside their items, windows, decay, users, types: each on and off, on real logs.

    python docs/studies/session_context/run.py                all parts, about half an hour of one core
    python docs/studies/session_context/run.py decay users    some parts; the others stay in the table

Writes `table.md` beside this file, and a figure for each log that the parts of Grbovic & Cheng (KDD 2018) are tried on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import airbnb
import half_lives
import kinds
import users
import windows
from layout import Section, update
from sources import LOGS

HERE = Path(__file__).parent


def of_log(name: str) -> Section:
    """Airbnb's parts on one log."""
    return airbnb.section(LOGS[name](), HERE / f"{name}.svg")


PARTS: dict[str, Callable[[], Section]] = {
    **{f"airbnb-{name}": partial(of_log, name) for name in LOGS},
    "types": kinds.section,
    "windows": lambda: windows.section(windows.DATA),
    "decay": lambda: half_lives.section(half_lives.DATA),
    "users": lambda: users.section(users.DATA),
}
TITLES = [
    *map(airbnb.title, ("MIND", "Diginetica", "Taobao", "MovieLens 100k")),
    "Types",
    "Windows and architectures",
    "Decay",
    "Users",
]


def main() -> None:
    """Run parts, show and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen).difference(PARTS):
        parser.error(f"no part {unknown.pop()!r}; the parts are {', '.join(PARTS)}")
    for name in chosen:
        section = PARTS[name]()
        print(f"## {section.title}", "", *section.lines, "", sep="\n", flush=True)
        update(HERE / "table.md", [section], TITLES)


if __name__ == "__main__":
    main()
