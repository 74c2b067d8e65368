"""Data that a published package carries."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from nearfield.datasets.location import cache_folder
from nearfield.errors import DatasetNotFound
from nearfield.files import atomic_folder

TIMEOUT = 300  # seconds


def from_wheel(requirement: str, inside: str, name: str) -> Path:
    """Download a wheel by pip and keep one of its folders in the cache, as `name`.

    Parameters
    ----------
    requirement : str
        Such as "recbole==1.2.1".
    inside : str
        The folder in the wheel.
    name : str
        The data set.

    Returns
    -------
    Path
        The folder in the cache, whole: it appears when all of its files are there.

    Raises
    ------
    DatasetNotFound
        pip cannot download the wheel, or the wheel holds no such folder.
    """
    target = cache_folder() / name
    with tempfile.TemporaryDirectory(prefix="nearfield-") as temporary:
        wheel = _download(requirement, Path(temporary), name)
        with zipfile.ZipFile(wheel) as archive, atomic_folder(target) as folder:
            members = [info for info in archive.infolist() if Path(info.filename).parent == Path(inside)]
            if not members:
                raise DatasetNotFound(f"{wheel.name} holds no {inside}; {_mend(name)}")
            for member in members:
                with archive.open(member) as source, (folder / Path(member.filename).name).open("wb") as out:
                    shutil.copyfileobj(source, out)
    return target


def _download(requirement: str, folder: Path, name: str) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
    command = [*pip, "--only-binary=:all:", "--dest", str(folder), requirement]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT)
        return next(folder.glob("*.whl"))
    except subprocess.TimeoutExpired:
        reason = f"no answer within {TIMEOUT} s"
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [f"pip ended with {error.returncode}"])[-1]
    raise DatasetNotFound(f"data set {name}: cannot download {requirement} ({reason}); {_mend(name)}")


def _mend(name: str) -> str:
    return f"set NEARFIELD_DATA to the folder that holds {name}"
