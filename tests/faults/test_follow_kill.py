"""`kill -9` before every write of a program that follows a log, and at random: each event is learnt exactly once."""

import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from nearfield.store import Store

START = 1_700_000_000
# follows up to where it publishes, which it lets a fork do for each write, killed just before it; prints how many
PROGRAM = """
import gc, os, shutil, signal, sys
from pathlib import Path
from nearfield import ItemEmbedding
from nearfield.follow import Follower
from nearfield.store import Store

logs, start, folder = map(Path, sys.argv[1:])
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
Follower(logs, Forking(start), wait=lambda seconds: None, keep=1, sessions=lambda log: log.sessions(None)).step()
"""


def write(path, rng, n=40):
    """Append events, and return how often each item is in them."""
    items = [f"i{rng.randrange(8)}" for _ in range(n)]
    with path.open("a") as file:
        if not file.tell():
            file.write("user,item,time\n")
        file.writelines(f"u{rng.randrange(5)},{item},{START + i}\n" for i, item in enumerate(items))
    return Counter(items)


def learnt(path):
    vectors = Store(path).open()
    return Counter(dict(zip(vectors.keys, vectors.counts.tolist(), strict=True)))


def run_once(logs, store):
    command = [Path(sys.executable).with_name("nearfield"), "follow", logs, "--store", store, "--once", "--no-clean"]
    done = subprocess.run([*command, "--vector-size", "4"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_before_every_write_of_an_update(tmp_path):
    rng = random.Random(1)
    logs, start, folder = tmp_path / "logs", tmp_path / "start", tmp_path / "killed"
    logs.mkdir()
    folder.mkdir()
    before = write(logs / "a.csv", rng)
    run_once(logs, start)
    assert learnt(start) == before
    after = before + write(logs / "a.csv", rng) + write(logs / "b.csv", rng)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, logs, start, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    stores = [folder / str(number) for number in range(int(done.stdout) + 1)]
    found = [learnt(path) for path in stores]
    n_old = found.count(before)
    assert found == [before] * n_old + [after] * (len(found) - n_old)
    assert n_old > 20
    # one that was stopped just before it had published, and just after
    for path in stores[n_old - 1 : n_old + 1]:
        run_once(logs, path)
        assert learnt(path) == after


def test_at_random_moments(tmp_path):
    rng = random.Random(2)
    logs, store = tmp_path / "logs", tmp_path / "store"
    logs.mkdir()
    written = write(logs / "live.csv", rng)
    program = Path(sys.executable).with_name("nearfield")
    command = [program, "follow", logs, "--store", store, "--every", "0.1s", "--no-clean", "--vector-size", "4"]
    for number in range(3):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not re.search("version .* is current", process.stderr.readline()):
            written += write(logs / "live.csv", rng, 5)
        end = time.monotonic() + rng.uniform(0, 3)
        while time.monotonic() < end:
            written += write(logs / "live.csv", rng, 5)
            if rng.random() < 0.1:
                written += write(logs / f"{number} {time.monotonic()}.csv", rng, 5)
            time.sleep(0.1)
        process.kill()
        process.communicate()
    run_once(logs, store)
    assert learnt(store) == written
    assert Store(store).current().number > 3
