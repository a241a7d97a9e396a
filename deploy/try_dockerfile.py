"""Make what a Dockerfile describes without a container engine, start it without a network, and ask whether it is well.

    python -m deploy.try_dockerfile /var/tmp/casebook --env CASEBOOK_LOGIN=password --then 'id; ls /data'

As root, on a machine with debootstrap. The root folder must not exist, and stays.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.box import ROOT_USER, Box
from deploy.dockerfile import Ignored, Instruction, NotUnderstood, Stage, filled_in, stages

CONTEXT = Path(__file__).parents[1]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WELL_WITHIN = 120.0  # seconds


class Image:
    """A root folder, and what the instructions so far have settled for the next ones.

    Args:
        given: the build arguments, in place of the defaults of ARG.
        earlier: the root folders of the stages before, by their names.
    """

    def __init__(
        self, root: Path, given: dict[str, str], context: Path = CONTEXT, earlier: Mapping[str, Path] | None = None
    ) -> None:
        self.root, self.context, self.given, self.earlier = root, context, given, earlier or {}
        self.arguments: dict[str, str] = {}
        self.environment = {"PATH": PATH}
        self.folder, self.user = "/", ROOT_USER
        self.command: tuple[str, ...] = ()
        self.health: tuple[str, ...] = ()
        self.ignored = Ignored(context / ".dockerignore")

    @property
    def variables(self) -> dict[str, str]:
        return {**self.arguments, **self.environment}

    def settle(self, one: Instruction) -> None:
        """Take up an instruction that runs nothing."""
        text = filled_in(one.text, self.variables)
        match one.name:
            case "ARG":
                name, _, usual = text.partition("=")
                self.arguments[name] = self.given.get(name, usual)
            case "ENV":
                self.environment |= dict(word.split("=", 1) for word in Instruction(one.line, "ENV", text).words)
            case "WORKDIR":
                self.folder = str(Path(self.folder) / text)
                self.inside(self.folder).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = text if ":" in text else f"{text}:"  # with the groups that the user has
            case "CMD":
                self.command = one.words
            case "HEALTHCHECK":
                self.health = one.words

    def inside(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def copy(self, one: Instruction) -> None:
        """The contents of folders, and files, as COPY does; what `.dockerignore` names is not there, but in stages."""
        *sources, target = Instruction(one.line, "COPY", filled_in(one.text, self.variables)).words
        place = self.inside(str(Path(self.folder) / target))
        into = target.endswith("/") or len(sources) > 1 or place.is_dir()
        before = set(place.rglob("*")) if place.is_dir() else set()
        for given in (self._source(one, source) for source in sources):
            for path in self._taken(one, given):
                to = place / path.relative_to(given) if given.is_dir() else place / path.name if into else place
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, to)
        made = [place] if place.is_file() else [path for path in place.rglob("*") if path not in before]
        if rights := one.options.get("chmod"):
            for path in made:
                path.chmod(int(rights, 8))
        if owner := one.options.get("chown"):
            subprocess.run(["chroot", self.root, "chown", owner, *("/" / p.relative_to(self.root) for p in made)],
                           check=True)  # fmt: skip

    def _source(self, one: Instruction, source: str) -> Path:
        stage = one.options.get("from")
        return self.earlier[stage] / source.lstrip("/") if stage else self.context / source

    def _taken(self, one: Instruction, given: Path) -> list[Path]:
        files = [given] if given.is_file() else [path for path in sorted(given.rglob("*")) if path.is_file()]
        if "from" not in one.options:
            files = [path for path in files if not self.ignored(path.relative_to(self.context).as_posix())]
        if not files:
            raise NotUnderstood(f"Line {one.line}: there is no “{given.name}” to copy.")
        return files


def build(image: Image, stage: Stage, *, mirror: str, binds: list[str], env: dict[str, str]) -> None:
    """
    Args:
        binds, env: what only this building finds of this machine, such as where pip takes packages from.
    """
    first, *others = stage.instructions
    with timed(first):
        bootstrap(image.root, stage.image, mirror)
    with Box(image.root, ["/etc/resolv.conf", *binds]) as box:
        for one in others:
            with timed(one):
                if one.name == "RUN":
                    everything = {**image.variables, **env, "HOME": "/root"}
                    words = box.command(one.words, user=image.user, folder=image.folder, environment=everything)
                    subprocess.run(words, check=True)
                elif one.name == "COPY":
                    image.copy(one)
                else:
                    image.settle(one)


def build_all(
    root: Path, given: dict[str, str], found: list[Stage], *, mirror: str, binds: list[str], env: dict[str, str]
) -> Image:
    """The image, in `root`; the stages before it are in a folder beside that, which is gone afterwards."""
    with TemporaryDirectory(prefix=f"{root.name}-", dir=root.parent) as beside:
        roots = {stage.name: Path(beside) / stage.name if stage.name else root for stage in found}
        for stage in found:
            image = Image(roots[stage.name], given, earlier=roots)
            build(image, stage, mirror=mirror, binds=binds, env=env)
    return image


def bootstrap(root: Path, name: str, mirror: str) -> None:
    matched = re.fullmatch(r"debian:(\w+)(-slim)?", name)
    if matched is None:
        raise NotUnderstood(f"FROM {name} is not understood; debian:bookworm-slim would be.")
    subprocess.run(
        ["debootstrap", "--variant=minbase", matched[1], str(root), mirror], check=True, stdout=subprocess.DEVNULL
    )


@contextmanager
def timed(one: Instruction) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:8.1f} s  {str(one)[:100]}", flush=True)


def start(image: Image, env: dict[str, str], then: list[str]) -> None:
    """Run the image's command with no network, wait until its health check is content, and then run these commands."""
    home = subprocess.run(["chroot", image.root, "getent", "passwd", image.user.rstrip(":")], capture_output=True,
                          text=True, check=True).stdout.split(":")[5]  # fmt: skip
    environment = {**image.environment, "HOME": home, **env}
    with Box(image.root, offline=True) as box:

        def words(given: tuple[str, ...]) -> list[str]:
            return box.command(given, user=image.user, folder=image.folder, environment=environment)

        begun = time.monotonic()
        app = subprocess.Popen(words(image.command))
        while subprocess.run(words(image.health), capture_output=True).returncode:
            if app.poll() is not None or time.monotonic() - begun > WELL_WITHIN:
                raise SystemExit(f"error: it is not well after {time.monotonic() - begun:.0f} s.")
            time.sleep(0.5)
        print(f"{time.monotonic() - begun:8.1f} s  until it was well, without a network", flush=True)
        for command in then:
            begun = time.monotonic()
            subprocess.run(words(("/bin/sh", "-c", command)), check=True)
            print(f"{time.monotonic() - begun:8.1f} s  {command}", flush=True)


def main() -> None:
    pairs = {"action": "append", "default": [], "metavar": "NAME=VALUE"}
    parser = argparse.ArgumentParser(prog="python -m deploy.try_dockerfile", description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="a new folder for what is made")
    parser.add_argument("--file", type=Path, default=CONTEXT / "deploy/Dockerfile")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian", help="where Debian comes from")
    parser.add_argument("--build-arg", **pairs, help="in place of the default of an ARG")
    parser.add_argument("--build-env", **pairs, help="a variable for what RUN runs, and for nothing later")
    parser.add_argument("--bind", action="append", default=[], metavar="FROM[:TO]", help="shown to what RUN runs")
    parser.add_argument("--env", **pairs, help="a variable for what is started")
    parser.add_argument("--then", action="append", default=[], metavar="COMMAND", help="run beside it once it is well")
    asked = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap"):
        sys.exit("error: this needs root, and the program debootstrap.")
    if asked.root.exists():
        sys.exit(f"error: “{asked.root}” exists already.")
    given, build_env, env = (dict(pair.split("=", 1) for pair in some) for some in
                             (asked.build_arg, asked.build_env, asked.env))  # fmt: skip
    try:
        image = build_all(asked.root.absolute(), given, stages(asked.file), mirror=asked.mirror, binds=asked.bind,
                          env=build_env)  # fmt: skip
    except (NotUnderstood, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
    size = subprocess.run(["du", "--summarize", "--block-size=1M", asked.root], capture_output=True, text=True).stdout
    print(f"{size.split()[0]:>8} MB  in {asked.root}", flush=True)
    start(image, env, asked.then)


if __name__ == "__main__":
    main()
