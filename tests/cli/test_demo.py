import re
import shlex
import subprocess

from nearfield import load


def test_the_demo_learns_and_its_last_words_work_as_typed(process, tmp_path):
    code, out, err = process("demo", cwd=tmp_path)
    assert code == 0, err
    figures = dict(re.findall(r"^  (next|the most watched) +([\d.]+) ", out, re.MULTILINE))
    assert 0.05 < float(figures["the most watched"]) < 0.1
    assert float(figures["next"]) > 1.5 * float(figures["the most watched"])
    commands = out.partition("Try next:\n")[2].splitlines()
    assert [shlex.split(command)[1] for command in commands] == ["similar", "next"]
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == 11
    assert load(tmp_path / "nearfield-demo" / "movies").metadata["trained"]["direction"] == "forward"


def test_the_demo_leaves_a_folder_of_others_alone(nearfield, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    code, out, err = nearfield("demo", "-o", tmp_path / "photos")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert (tmp_path / "photos" / "cat.jpg").exists()
