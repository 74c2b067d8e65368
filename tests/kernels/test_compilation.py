"""Ctrl-C while a kernel is compiled: neither the kernel nor the interruption is lost."""

import signal
import threading

import pytest
from numba import types
from numba.extending import intrinsic

from nearfield.kernels import cache
from nearfield.kernels.compilation import interrupted_afterwards, kernel


@intrinsic
def pressed_while_compiled(typingctx):
    """Five; whoever compiles it has Ctrl-C pressed."""
    signal.raise_signal(signal.SIGINT)

    def codegen(context, builder, signature, arguments):
        return context.get_constant(types.int64, 5)

    return types.int64(), codegen


def test_a_kernel_is_whole_before_ctrl_c_is_heard(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: str(tmp_path))  # it is to be compiled in each run

    @kernel
    def five():
        return pressed_while_compiled()

    with pytest.raises(KeyboardInterrupt):
        five()
    assert len(five.signatures) == 1
    assert five() == 5


def test_ctrl_c_is_heard_at_the_end_of_the_block():
    before, done = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), interrupted_afterwards():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ValueError, match="wrong"), interrupted_afterwards():
        raise ValueError("wrong")
    assert signal.getsignal(signal.SIGINT) is before


def test_who_passes_over_ctrl_c_goes_on_passing_over_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupted_afterwards():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_leave_the_handler_alone():
    found = []

    def look():
        with interrupted_afterwards():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]
