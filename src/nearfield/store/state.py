"""The one file that says which version is current, and the log of how it came to be."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import atomic_file, storage_errors, sync


@dataclass(frozen=True)
class State:
    """What the pointer file holds.

    Attributes
    ----------
    version : int or None
        The current version; None before the first.
    newest : int
        The largest number ever given; a folder with a larger one was never published.
    pinned : tuple of int
        Versions that were rolled back to, which retention leaves alone.
    event : dict
        What led here: the line that belongs in the log. It is here, too, so that both change in one step.
    """

    version: int | None = None
    newest: int = 0
    pinned: tuple[int, ...] = ()
    event: dict[str, Any] = field(default_factory=dict)


def read_state(path: Path) -> State:
    """Read the pointer file; without one there is no version yet."""
    try:
        with storage_errors(path):
            content = json.loads(path.read_bytes()) if path.exists() else {}
        state = State(**content)
        numbers = [state.newest, *state.pinned, 0 if state.version is None else state.version]
        if not all(isinstance(number, int) and 0 <= number <= state.newest for number in numbers):
            raise ValueError(f"it holds the numbers {numbers}")
    except (TypeError, ValueError) as error:
        raise BadInput(f"{path}: is damaged ({error}); expected what nearfield wrote") from error
    return State(state.version, state.newest, tuple(state.pinned), state.event)


def write_state(path: Path, state: State) -> None:
    """Replace the pointer file in one step that a loss of power does not undo."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(asdict(state), ensure_ascii=False) + "\n", encoding="utf-8")
    with storage_errors(path):
        sync(path.parent)


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the events of a log, the oldest first, without a last line that was cut short."""
    with storage_errors(path):
        text = path.read_bytes() if path.exists() else b""
    try:
        return [json.loads(line) for line in text.split(b"\n")[:-1]]
    except ValueError as error:
        raise BadInput(f"{path}: a line is no JSON ({error}); the log is damaged: move it away") from error


def append_to_log(path: Path, event: dict[str, Any]) -> None:
    """Write `event` behind the last whole line of a log, on the disk when this returns."""
    line = json.dumps(event, ensure_ascii=False).encode() + b"\n"
    with storage_errors(path), path.open("ab+") as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def log_current_event(path: Path, state: State) -> None:
    """Write the event of `state` to the log unless it stands there."""
    if state.event and state.event not in read_log(path):
        append_to_log(path, state.event)
