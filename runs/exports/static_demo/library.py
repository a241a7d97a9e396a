"""The two JavaScript libraries of a static demo, which npm brings once (see web/README.md), and the page itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from models.errors import N_, InputError
from runs import paths

WEB = paths.CODE / "web"
MODULES = WEB / "node_modules"
# Package → its folder in a demo, and what a browser needs of it.
FILES = {
    "onnxruntime-web": ("onnxruntime-web", ("dist/ort.wasm.min.mjs", "dist/ort-wasm-simd-threaded.mjs",
                                            "dist/ort-wasm-simd-threaded.wasm")),
    "@huggingface/tokenizers": ("tokenizers", ("dist/tokenizers.mjs",)),
}  # fmt: skip

# The same for WebGPU: twice as large, so that it only repays itself where a model is large.
ON_GPU = ("dist/ort.min.mjs", "dist/ort-wasm-simd-threaded.jsep.mjs",
          "dist/ort-wasm-simd-threaded.jsep.wasm")  # fmt: skip
LARGE = 50_000_000  # bytes of a model


def is_there() -> bool:
    """Whether a demo can be made here."""
    return all((MODULES / package / file).exists() for package, (_, files) in FILES.items() for file in files)


def size(model: int) -> int:
    """Bytes of a demo beside a model of so many bytes."""
    files = [MODULES / package / file for package in FILES for file in _needed(package, model)]
    return sum(file.stat().st_size for file in [*files, *(WEB / "page").rglob("*")] if file.is_file())


def loaded(model: int) -> int:
    """Bytes of the libraries that a page with a model of so many bytes loads, before a host compresses them."""
    files = {package: usual for package, (_name, usual) in FILES.items()}
    if model > LARGE and (MODULES / "onnxruntime-web" / ON_GPU[0]).exists():
        files["onnxruntime-web"] = ON_GPU
    return sum((MODULES / package / file).stat().st_size for package, some in files.items() for file in some)


def _needed(package: str, model: int) -> tuple[str, ...]:
    """The files of a package that a model of so many bytes needs."""
    usual = FILES[package][1]
    return (*usual, *ON_GPU) if model > LARGE and (MODULES / package / ON_GPU[0]).exists() else usual


def write(folder: Path, model: int) -> None:
    """Copy the page and the libraries into the folder of a demo, whose model has so many bytes."""
    shutil.copytree(WEB / "page", folder / "page")
    (folder / "page/index.html").rename(folder / "index.html")
    told = []
    for package, (name, _files) in FILES.items():
        place = folder / "vendor" / name
        place.mkdir(parents=True)
        for file in _needed(package, model):
            shutil.copyfile(MODULES / package / file, place / Path(file).name)
        known = json.loads((MODULES / package / "package.json").read_text("utf-8"))
        told.append(
            f"{package} {known['version']}, licence {known['license']}, https://www.npmjs.com/package/{package}"
        )
        own = WEB / "licences" / f"{name}.txt"  # of a package that has not its own beside it
        shutil.copyfile(own if own.exists() else MODULES / package / "LICENSE", place / "LICENSE")
    (folder / "vendor/README.md").write_text("\n".join(["# Libraries", "", *(f"- {one}" for one in told), ""]), "utf-8")


def missing() -> InputError:
    return InputError(
        found=N_("The JavaScript libraries of demos without a server are not installed."),
        expected=N_("Node.js downloads them once; nothing else in Casebook needs it."),
        remedy=N_("Install Node.js, run `make web` in Casebook's folder and try again."),
    )
