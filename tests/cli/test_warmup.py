"""`nearfield warmup` leaves nothing to compile."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nearfield

SOURCES = Path(nearfield.__file__).parent


def test_every_kernel_is_kept(tmp_path):
    kernels = {
        name
        for source in SOURCES.rglob("*.py")
        for name in re.findall(r"^@kernel\ndef (\w+)", source.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(kernels) > 25
    command = [sys.executable, "-m", "nearfield", "warmup"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, again = (subprocess.run(command, env=environment, capture_output=True, text=True) for _ in range(2))
    assert (first.returncode, first.stdout) == (0, "")
    kept = {re.match(r"\w+\.(\w+)-\d+", path.name)[1] for path in tmp_path.rglob("*.nbi")}
    rare = {"admit_by_count", "admit_by_bloom", "admit_by_chance", "group_slopes", "neighbours_of", "whole_numbers"}
    assert kernels - kept == rare  # each is compiled in well under a second
    number = re.search(r"keeps (\d+) compiled kernels", first.stderr)[1]
    assert f"keeps {number} compiled kernels" in again.stderr
