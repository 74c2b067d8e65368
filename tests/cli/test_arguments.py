from pathlib import Path

import pytest

from nearfield.cli.arguments import read_lines
from nearfield.errors import BadInput


def test_a_list_is_read_by_line(tmp_path):
    (tmp_path / "list").write_bytes("\ufeffking\r\n\n 北京 \nnew york".encode())
    assert read_lines(tmp_path / "list") == ["king", "北京", "new york"]


@pytest.mark.parametrize(("content", "message"), [(None, "no such file"), (b"ab\xff", "not UTF-8 at byte 2")])
def test_a_list_that_cannot_be_read(tmp_path, content, message):
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=f"{path.name}.*{message}"):
        read_lines(Path(path))
