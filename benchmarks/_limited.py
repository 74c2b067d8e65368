"""A limit of memory for a process: a group (cgroup) of its own below the one in which this process runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def run_limited(command: list[str], limit: int) -> str:
    """Run a program with at most `limit` bytes, the pages of mapped files among them; return what it prints."""
    group = own_group() / f"benchmark-{os.getpid()}"
    try:
        group.mkdir()
        setting = "memory.max" if (group / "memory.max").exists() else "memory.limit_in_bytes"
        (group / setting).write_text(str(limit))
    except OSError as refused:
        sys.exit(f"no group with a limit of memory can be made here ({refused})")
    try:
        # the shell joins the group, then becomes the program
        joined = ["sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh", *command]
        done = subprocess.run(joined, capture_output=True, text=True)
    finally:
        remove(group)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stderr}")
    return done.stdout


def own_group() -> Path:
    """The memory group of this process, of the first or of the second version of cgroups."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        folder = ROOT / "memory" if controllers else ROOT
        if controllers in ("memory", "") and (folder / path.lstrip("/") / "cgroup.procs").exists():
            return folder / path.lstrip("/")
    sys.exit("this process is in no group whose memory can be limited")


def remove(group: Path) -> None:
    """Remove a group whose processes have ended; the system may need a moment to let go of the last."""
    for _ in range(50):
        try:
            group.rmdir()
            return
        except OSError:
            time.sleep(0.1)
