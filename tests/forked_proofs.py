"""Processes that prove bundles, forked from one that has the libraries of bundles loaded: four seconds less for each.

Run as a program it is that process: isolated as `cases.training.proof` starts its own, it knows nothing of Casebook.
"""

from __future__ import annotations

import array
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

LOADED = ("torch", "torch.nn.functional", "safetensors.torch", "numpy", "PIL.ImageOps", "soundfile", "soxr",
          "timm", "torchvision.transforms")  # fmt: skip
LAZY = ("AutoModel", "BertModel", "BertTokenizerFast", "WhisperModel", "WhisperForConditionalGeneration")
MESSAGE, STARTED = struct.Struct("!qq"), 1000  # a process and its exit status, or that it has started


class Forks:
    """The process that has the libraries loaded; `start` has it fork one that works as `subprocess.Popen` would."""

    def __init__(self, options: list[str], environment: dict[str, str]) -> None:
        self.here, there = socket.socketpair()
        command = [sys.executable, *options, __file__, str(there.fileno())]
        self.process = subprocess.Popen(command, env=environment, pass_fds=[there.fileno()], cwd="/")
        there.close()
        self.ended: dict[int, int] = {}

    def start(self, command, *, cwd, env, stdin, stdout, stderr, encoding):
        assert stdin == stdout == subprocess.PIPE
        (asked, written), (read, said) = os.pipe(), os.pipe()
        files = array.array("i", [asked, said, stderr.fileno()])
        request = json.dumps({"arguments": command, "folder": str(cwd), "environment": dict(env)}).encode()
        self.here.sendmsg([len(request).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        self.here.sendall(request)
        os.close(asked)
        os.close(said)
        while (told := MESSAGE.unpack(_exactly(self.here, MESSAGE.size)))[1] != STARTED:
            self.ended[told[0]] = told[1]
        return Forked(self, told[0], open(written, "w", encoding=encoding), open(read, encoding=encoding))

    def look(self) -> None:
        """Take in which processes have ended."""
        while True:
            with selectors.DefaultSelector() as selector:
                selector.register(self.here, selectors.EVENT_READ)
                if not selector.select(0):
                    return
            pid, code = MESSAGE.unpack(_exactly(self.here, MESSAGE.size))
            self.ended[pid] = code

    def end(self) -> None:
        self.here.close()
        self.process.wait()


class Forked:
    def __init__(self, forks, pid, stdin, stdout) -> None:
        self.forks, self.pid, self.stdin, self.stdout, self.returncode = forks, pid, stdin, stdout, None

    def poll(self):
        if self.returncode is None:
            self.forks.look()
            self.returncode = self.forks.ended.pop(self.pid, None)
        return self.returncode

    def wait(self, timeout=None):
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = end - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired("a forked proof", timeout)
            with selectors.DefaultSelector() as selector:
                selector.register(self.forks.here, selectors.EVENT_READ)
                selector.select(min(left, 60))
        return self.returncode

    def kill(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _exactly(source: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = source.recv(size - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def serve(asked: socket.socket) -> None:
    for name in LOADED:
        __import__(name)
    import transformers

    for name in LAZY:
        getattr(transformers, name)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is asked:
                    fork(asked)
                else:
                    os.read(woken, 100)
                    tell_ended(asked)


def fork(asked: socket.socket) -> None:
    size, ancillary, *_ = asked.recvmsg(4, socket.CMSG_SPACE(12))
    if not size:
        os._exit(0)  # nobody is left who asks
    files = array.array("i")
    files.frombytes(ancillary[0][2])
    request = json.loads(_exactly(asked, int.from_bytes(size, "big")))
    if pid := os.fork():
        for file in files:
            os.close(file)
        asked.sendall(MESSAGE.pack(pid, STARTED))
        return
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked.close()
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    program = next(place for place, one in enumerate(request["arguments"]) if one.endswith(".py"))
    sys.argv = request["arguments"][program:]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        sys.stdout.flush()
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stderr.flush()
    os._exit(code)


def tell_ended(asked: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        asked.sendall(MESSAGE.pack(pid, os.waitstatus_to_exitcode(status)))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
