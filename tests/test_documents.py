"""The readme and the guide do what they say: every command and every line of Python in them is run, in order."""

import gzip
import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nearfield.datasets import find
from nearfield.errors import DatasetNotFound

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    "README.md",
    *(
        f"docs/guide/{language}/{page}.md"
        for language in ("en", "zh")
        for page in ("words", "items", "nodes", "convolution", "ranking", "updates")
    ),
]
STUDIES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/studies/*/README.md"))
LINES = {"text_zhwiki/zhwiki.seg.txt.gz": 60_000}  # this much of a large text is enough to see that commands work


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """The data sets that the documents name, large ones cut short."""
    folder = tmp_path_factory.mktemp("data")
    for name in (
        "adult",
        "text8_head",
        "text_zhwiki",
        "word_eval",
        "word_eval_zh",
        "taobao_userbehavior",
        "graph_planetoid",
        "graph_wiki",
    ):
        try:
            shutil.copytree(find(name), folder / name)
        except DatasetNotFound as error:
            pytest.skip(str(error))
    for name, n in LINES.items():
        with gzip.open(folder / name, "rt", encoding="utf-8") as file:
            head = list(itertools.islice(file, n))
        (folder / name).unlink()
        with gzip.open(folder / name, "wt", encoding="utf-8") as file:
            file.writelines(head)
    return folder


def blocks(document):
    """The fenced blocks of a document: language and content; those of Python that follow each other are one program."""
    found = re.findall(r"^```(sh|python)\n(.*?)^```$", (ROOT / document).read_text(encoding="utf-8"), re.M | re.S)
    runs = itertools.groupby(enumerate(found), key=lambda one: one[1][0] if one[1][0] == "python" else one[0])
    return [(run[0][1][0], "".join(block for _, (_, block) in run)) for run in (list(run) for _, run in runs)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_shows_works(document, data, tmp_path):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"NEARFIELD_DATA": str(data), "PATH": path}
    shown = [block for block in blocks(document) if not block[1].startswith("make ")]
    (tmp_path / "corpus.txt").write_bytes(gzip.decompress((data / "text8_head/text8_head.gz").read_bytes())[:3_000_000])
    assert shown
    for language, content in shown:
        command = [sys.executable, "-c"] if language == "python" else ["bash", "-eu", "-c"]
        done = subprocess.run(
            [*command, content], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{content}\n{done.stderr}"


@pytest.mark.parametrize("document", [*DOCUMENTS, *STUDIES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []
