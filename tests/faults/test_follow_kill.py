"""`kill -9` before every write of a program that follows a folder, and at random: all is learnt exactly once."""

import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from followed import KINDS, follower, learnt

from nearfield.store import Store

HERE = Path(__file__).parent
every_kind = pytest.mark.parametrize("kind", KINDS[:3], ids=lambda kind: kind.name)
# follows up to where it publishes, which it lets a fork do for each write, killed just before it; prints how many
PROGRAM = """
import gc, os, shutil, signal, sys
from pathlib import Path
from nearfield.store import Store

logs, start, folder = map(Path, sys.argv[1:4])
sys.path.insert(0, sys.argv[4])
from followed import KINDS
from nearfield.follow import Follower

kind = KINDS[int(sys.argv[5])]
changes = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}
left = None


def step():
    global left
    if left is not None:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(event, arguments):
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event in changes or (writes and str(arguments[0]).startswith(str(folder))):
        step()


class Forking(Store):
    def publish(self, *content, **options):
        global left
        for number in range(10_000):
            path = shutil.copytree(start, folder / str(number))
            child = os.fork()
            if child == 0:
                left = number
                Store(path).publish(*content, **options)
                os._exit(0)
            if os.waitpid(child, 0)[1] == 0:
                print(number)
                sys.stdout.flush()
                os._exit(0)


os.fsync = lambda descriptor: step()  # and nothing else: a kill loses nothing that was written
sys.addaudithook(watch)
gc.disable()  # the threads of what a fork would clear away are not there
options = {"wait": lambda seconds: None, "keep": 1, "strategy": kind.strategy}
Follower(logs, Forking(start), kind.subject(), **options).step()
"""


class Folder:
    """A folder that is written to, and how often each item was."""

    def __init__(self, kind, path, seed):
        self.kind, self.path, self.rng, self.n = kind, path, random.Random(seed), 0
        self.written = Counter()
        path.mkdir()

    def write(self, name, n=40):
        items = [f"i{self.rng.randrange(8)}" for _ in range(n)]
        with (self.path / f"{name}{self.kind.ending}").open("a") as file:
            file.write(self.kind.heading * (not file.tell()) + "".join(self.kind.lines(items, self.n)))
        self.written += Counter(items)
        self.n += n


def command_of(kind, logs, store):
    verb = [] if kind.verb == "items" else [kind.verb]  # which is what is followed if nothing is said
    return [Path(sys.executable).with_name("nearfield"), "follow", *verb, logs, "--store", store, *kind.options]


def run_once(kind, logs, store):
    done = subprocess.run([*command_of(kind, logs, store), "--once"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@every_kind
def test_before_every_write_of_an_update(kind, tmp_path):
    logs, start, folder = Folder(kind, tmp_path / "logs", 1), tmp_path / "store", tmp_path / "killed"
    folder.mkdir()
    logs.write("a")
    assert follower(kind, logs.path).step().version == 1
    before = Counter(logs.written)
    assert learnt(kind, Store(start)) == before
    logs.write("a")
    logs.write("b")
    arguments = [logs.path, start, folder, HERE.parent / "follow", str(KINDS.index(kind))]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    stores = [folder / str(number) for number in range(int(done.stdout) + 1)]
    found = [learnt(kind, Store(path)) for path in stores]
    n_old = found.count(before)
    assert found == [before] * n_old + [logs.written] * (len(found) - n_old)
    assert n_old > 20
    # one that was stopped just before it had published, and just after
    for path in stores[n_old - 1 : n_old + 1]:
        run_once(kind, logs.path, path)
        assert learnt(kind, Store(path)) == logs.written


@every_kind
def test_at_random_moments(kind, tmp_path):
    logs, store = Folder(kind, tmp_path / "logs", 2), tmp_path / "store"
    logs.write("live")
    if kind.verb == "rank":  # by a model that counts, which the command line has not
        assert follower(kind, logs.path).step().version == 1
        logs.write("live")
    command = [*command_of(kind, logs.path, store), "--every", "0.1s"]
    for number in range(3):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not re.search("version .* is current", process.stderr.readline()):
            logs.write("live", 5)
        end = time.monotonic() + logs.rng.uniform(0, 3)
        while time.monotonic() < end:
            logs.write("live", 5)
            if logs.rng.random() < 0.1:
                logs.write(f"{number} {time.monotonic()}", 5)
            time.sleep(0.1)
        process.kill()
        process.communicate()
    run_once(kind, logs.path, store)
    assert learnt(kind, Store(store)) == logs.written
    assert Store(store).current().number > 3
