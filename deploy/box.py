"""A Debian root to run commands in, with mounts and processes, and if told a network, that nobody else sees."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT_USER = "0:0"
# In namespaces of their own: what is mounted is gone with them, whatever happens.
_PREPARE = """set -e
root=$1; network=$2; shift 2
mount --types proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for pair; do
    from=${pair%%:*}; to=$root${pair#*:}
    if [ -d "$from" ]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")"; [ -e "$to" ] || : >"$to"; fi
    mount --bind "$from" "$to"
    mount --options remount,bind,ro "$to"
done
if [ "$network" = none ]; then ip link set lo up; fi
echo ready
exec sleep infinity
"""


class Box:
    """
    Args:
        root: where the Debian is.
        binds: what of this machine is seen inside, read only: each a path, or FROM:TO.
        offline: with no network but the loopback interface, a new one.
    """

    def __init__(self, root: Path, binds: Sequence[str] = (), *, offline: bool = False) -> None:
        self.root, self.offline = root, offline
        self.binds = [bind if ":" in bind else f"{bind}:{bind}" for bind in binds]

    def __enter__(self) -> Self:
        spaces = ["--mount", "--pid", "--fork", "--kill-child", *(["--net"] if self.offline else [])]
        network = "none" if self.offline else "shared"
        self._holder = subprocess.Popen(
            ["unshare", *spaces, "sh", "-c", _PREPARE, "sh", str(self.root), network, *self.binds],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._holder.stdout is None or self._holder.stdout.readline() != "ready\n":
            self.__exit__()
            raise SystemExit("error: the namespaces could not be made; this needs root, and unshare, mount and ip.")
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text()
        self._inside = children.split()[0]
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()  # and with it all that runs inside
        self._holder.wait()

    def command(
        self, words: Sequence[str], *, user: str = ROOT_USER, folder: str = "/", environment: Mapping[str, str]
    ) -> list[str]:
        """What to start here so that `words` run inside; they find this environment and nothing else of ours."""
        spaces = ["--mount", "--pid", *(["--net"] if self.offline else [])]
        values = [f"{name}={value}" for name, value in environment.items()]
        return [
            "nsenter", "--target", self._inside, *spaces, "chroot", f"--userspec={user}", str(self.root),
            "/usr/bin/env", "--ignore-environment", f"--chdir={folder}", *values, *words,
        ]  # fmt: skip
