import zipfile

import pytest

from nearfield.datasets import location


@pytest.fixture
def empty_machine(tmp_path, monkeypatch):
    """No data set anywhere, an empty cache; returns the cache's folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(location, "CHECKOUT", tmp_path / "here")
    monkeypatch.delenv("NEARFIELD_DATA", raising=False)
    monkeypatch.setenv("NEARFIELD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def package_index(tmp_path, monkeypatch):
    """A function that makes a wheel of files; pip finds these wheels and no others."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))

    def make_wheel(name, version, files):
        info = f"{name}-{version}.dist-info"
        about = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }
        with zipfile.ZipFile(wheels / f"{name}-{version}-py3-none-any.whl", "w") as archive:
            for path, content in (files | about).items():
                archive.writestr(path, content)

    return make_wheel
