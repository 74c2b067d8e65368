"""Compiled kernels are kept where nobody else can write, and a damaged or full disk costs compiling again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nearfield.kernels.cache import cache_folder

SCRIPT = textwrap.dedent("""
    import numpy as np
    from nearfield.kernels.cache import cache_folder
    from nearfield.text.table import TokenTable
    table = TokenTable()
    text = np.frombuffer(b"ab", np.uint8)
    one = np.array([0], np.int32), np.array([2], np.int32), np.array([7], np.uint32)
    print(cache_folder(), table.numbers(text, *one).tolist(), len(table))
""")


def run(environment: dict[str, str | None], *, user: int | None = None, **options) -> str:
    """Compile a kernel in a process of its own; return the cache folder that it says."""
    variables = {name: value for name, value in (os.environ | environment).items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", SCRIPT], env=variables, capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    folder, *result = done.stdout.split()
    assert result == ["[0]", "1"]
    return folder if not done.stderr else f"{folder}\n{done.stderr}"


def homes(tmp_path: Path, **changes: str | None) -> dict[str, str | None]:
    """The variables that say where a cache may lie, all within a folder of the test."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir(exist_ok=True)
    return {
        "NUMBA_CACHE_DIR": None,
        "XDG_CACHE_HOME": None,
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
    } | changes


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> tuple[Path, Path]:
    """A folder of kept kernels, and where it lies within the folder of a test."""
    base = tmp_path_factory.mktemp("filled")
    folder = Path(run(homes(base)))
    return folder, folder.relative_to(base)


def test_the_users_cache_comes_first_and_is_private(tmp_path):
    folder = Path(run(homes(tmp_path)))
    assert folder.is_relative_to(tmp_path / "home" / ".cache" / "nearfield")
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.rglob("*.nbc"))


def test_without_a_home_that_can_be_used_it_is_a_private_folder_among_temporary_ones(tmp_path):
    (tmp_path / "file").write_text("")
    nowhere = str(tmp_path / "file" / "cache")
    folder = Path(run(homes(tmp_path, NUMBA_CACHE_DIR=nowhere, XDG_CACHE_HOME=nowhere)))
    assert folder.parent == tmp_path / "tmp" / f"nearfield-{os.geteuid()}"
    assert folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["open to all", "a link", "of another user", "a file"])
def test_a_folder_that_another_user_may_have_made_is_not_used(tmp_path, kind):
    (tmp_path / "file").write_text("")
    variables = homes(tmp_path, XDG_CACHE_HOME=str(tmp_path / "file" / "cache"))
    private = tmp_path / "tmp" / f"nearfield-{os.geteuid()}"
    if kind == "a file":
        private.write_text("")
    elif kind == "a link":
        (tmp_path / "elsewhere").mkdir()
        private.symlink_to(tmp_path / "elsewhere")
    else:
        private.mkdir()
        private.chmod(0o777 if kind == "open to all" else 0o755)
        if kind == "of another user":
            if os.geteuid() != 0:
                pytest.skip("only root can give a folder away")
            os.chown(private, 12345, 12345)
    assert run(variables) == "None"
    if private.is_dir():
        assert not list(private.iterdir())


def test_a_kernels_folder_that_others_can_write_to_is_passed_over(tmp_path):
    folder = Path(run(homes(tmp_path)))
    folder.chmod(0o777)
    assert Path(run(homes(tmp_path))).is_relative_to(tmp_path / "tmp")


@pytest.mark.parametrize(("ending", "damage"), [("nbi", "cut short"), ("nbi", "emptied"), ("nbc", "other bytes")])
def test_a_damaged_cache_is_compiled_again_and_replaced(tmp_path, filled, ending, damage):
    variables = homes(tmp_path)
    folder = tmp_path / filled[1]
    shutil.copytree(filled[0], folder)
    whole = {path: path.read_bytes() for path in folder.rglob(f"*.{ending}")}
    assert whole
    for path, content in whole.items():
        path.write_bytes({"cut short": content[:-20], "emptied": b"", "other bytes": b"\xff" * len(content)}[damage])
    assert run(variables) == str(folder)
    replaced = {path: path.read_bytes() for path in folder.rglob(f"*.{ending}")}
    assert set(whole) <= set(replaced)
    assert all(len(replaced[path]) > len(whole[path]) // 2 for path in whole)


def test_an_image_may_hold_a_cache_that_its_user_can_only_read(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root, to go on as another user")
    made = Path(run(homes(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "image"))))
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    before = sorted(path.name for path in made.rglob("*"))
    variables = {name: value for name, value in (os.environ | homes(tmp_path)).items() if value is not None}
    variables |= {"NUMBA_CACHE_DIR": str(tmp_path / "image"), "NUMBA_DEBUG_CACHE": "1"}
    # what the interpreter itself is made of may be root's alone
    preload = "import os, numba, nearfield.text.table as table; numba.njit(lambda x: x + 1)(1);"
    script = "os.setgid(65534); os.setuid(65534); table.kernel.__globals__['keep_compiled'].__globals__"
    script = f"{script}['cache_folder'].cache_clear(); exec({SCRIPT!r})"
    done = subprocess.run([sys.executable, "-c", preload + script], env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "data loaded from" in done.stdout
    assert sorted(path.name for path in made.rglob("*")) == before


def test_a_full_disk_for_kernels_is_a_warning(tmp_path):
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root, to mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this system allows no mounts")
    try:
        said = run(homes(tmp_path, XDG_CACHE_HOME=str(disk)))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert "compiled kernels cannot be kept (No space left on device)" in said
    assert "NUMBA_CACHE_DIR names another folder" in said


def test_this_process_has_a_cache():
    assert cache_folder() is not None
