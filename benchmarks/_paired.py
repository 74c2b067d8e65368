"""What the comparisons share: a run in a process of its own, its peak memory, and what it was measured on."""

from __future__ import annotations

import ctypes
import gc
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def in_process(script: str, *arguments: object) -> dict[str, Any]:
    """Run `script one ARGUMENTS` in a process of its own; return the JSON object that it prints last."""
    command = [sys.executable, script, "one", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def peak_bytes(process: int | str = "self") -> int:
    """The most memory that this process, or another that runs, has held since it began; 0 where that is not known."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if process == "self" else 0
    # not getrusage: on Linux its figure begins with the peak of the process that started this one
    found = status.read_text().partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 if found else 0  # a process that has ended, and is not waited for yet, has none


def forget_peak() -> int:
    """Let the peak begin anew, so that it says what follows; return what the process holds now, in bytes."""
    forgetful = Path("/proc/self/clear_refs")
    if forgetful.exists():
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system, or what follows would find it there
        forgetful.write_text("5")  # the peak of what is resident; see proc(5)
    return peak_bytes()


def machine(*packages: str) -> str:
    """The versions of Python and of packages, the processor, and how many cores a run may use."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    cpu = Path("/proc/cpuinfo").read_text() if sys.platform == "linux" else ""
    model = next((line.split(":")[1].strip() for line in cpu.splitlines() if line.startswith("model name")), "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Python {platform.python_version()}, {versions}; {platform.machine()} {model}, {cores} cores"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def earlier_rows(name: str) -> list[list[str]]:
    """The rows of the table in `results/NAME.md`, without its head; none where it has not been measured yet."""
    path = RESULTS / f"{name}.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def write_results(name: str, lines: Sequence[str]) -> None:
    """Write `results/NAME.md`."""
    path = RESULTS / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {path}", file=sys.stderr)
