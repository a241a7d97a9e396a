"""Fill the home `CASEBOOK_HOME` with runs of every case and task, by the code of revision a52a012; see `make.py`.

Everything is as small as it can be, so that the home can lie beside the tests: networks of some ten thousand weights
that were never trained, pictures of a few colours, tones whose periods are whole numbers. What the code said of all of
it is kept in `told.json`.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict

import made_items
import made_sounds
import made_speech
import made_texts
import numpy as np
import soundfile
from PIL import Image

import cases
from cases.settings import as_json
from models.report import Quiet
from runs import (
    datasets,
    drafts,
    edits,
    explanations,
    files,
    grouping,
    kept_settings,
    queue,
    reading,
    rehearsing,
    shares,
    store,
    worker,
)  # fmt: skip
from runs.pieces import Piece
from runs.reporting import Reporting

OWNER = "local"
COMMIT = "0" * 40  # of the models, as the hub would name it
CHANCE = random.Random(0)


def keep_model(name, write):
    """A model as the hub's library keeps it once it was downloaded; its name."""
    folder = files.cache() / "models/hub" / f"models--casebook--{name}"
    for below in ("refs", f"snapshots/{COMMIT}"):
        (folder / below).mkdir(parents=True)
    (folder / "refs/main").write_text(COMMIT)
    write(folder / "snapshots" / COMMIT)
    return f"casebook/{name}"


def write_image_model(folder):
    import timm
    import torch

    torch.manual_seed(0)
    small = {"channels": (8, 8, 16, 16), "stem_width": 8}
    network = timm.create_model("test_resnet", num_classes=0, zero_init_last=False, **small)
    network.pretrained_cfg = {**network.pretrained_cfg, "input_size": (3, 32, 32), "crop_pct": 0.8}
    timm.models.save_for_hf(network, folder, model_args=small, safe_serialization=True)


def picture(tint):
    """A PNG of one tint under some squares that are lighter or darker."""
    shades = np.array([[CHANCE.randrange(-40, 41, 20) for _ in range(3)] for _ in range(3)])
    pixels = np.kron(shades, np.ones((12, 12), int))[..., None] + np.array(tint)
    made = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(made, "PNG")
    return made.getvalue()


def pictures(each):
    tints = {"moss": (100, 150, 90), "rust": (160, 100, 80), "slate": (90, 100, 150)}
    return zipped({f"{name}/{number}.png": picture(tint) for name, tint in tints.items() for number in range(each)})


PERIODS = {"low": range(44, 60), "middle": range(14, 19), "high": range(5, 8)}  # samples at 16 kHz


def tone(label, parts):
    """Some tenths of a second of a tone whose waves are squares."""
    period, loud = CHANCE.choice(PERIODS[label]), CHANCE.randrange(4000, 12000, 500)
    beat = np.where(np.arange(period) * 2 < period, loud, -loud)
    return np.resize(beat, 1600 * parts).astype(np.int16)


def wav(samples):
    made = io.BytesIO()
    soundfile.write(made, samples, 16_000, format="WAV", subtype="PCM_16")
    return made.getvalue()


def recordings(each):
    return zipped({f"{label}/{number}.wav": wav(tone(label, 1 + number % 4))
                   for label in PERIODS for number in range(each)})  # fmt: skip


def dictation(count):
    made, lines = {}, ["file,transcript"]
    for number in range(count):
        labels = [CHANCE.choice(list(PERIODS)) for _ in range(1 + number % 2)]
        pause = np.zeros(1600, np.int16)
        made[f"clips/{number:02}.wav"] = wav(np.concatenate([np.append(tone(label, 3), pause) for label in labels]))
        lines.append(f"{number:02}.wav,{' '.join(labels)}")
    return zipped({**made, "clips/table.csv": "\n".join(lines).encode()})


def zipped(contents):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def collect(case, given, onto=None):
    """A collection of these files (name → content); its id."""
    draft = drafts.begin(OWNER, case, onto)
    for name, content in given.items():
        upload = store.new_id()
        path = files.uploads() / upload
        path.write_bytes(content)
        drafts.add(OWNER, draft, Piece(upload, name, len(content)), reading.sha256_of(path))
    return draft


def bring(case, given, onto=None, task=None):
    """The digest of the data set that these files are."""
    draft = collect(case, given, onto)
    drafts.read(OWNER, draft, task=task)
    return done(work(draft)).dataset


def train(case, dataset, **settings):
    """The id of a training, queued as the page's form does."""
    chosen = as_json(cases.get(case).Settings(**settings))
    changed = {str(row): label for row, label in edits.current(OWNER, dataset).items()}
    name = store.dataset(dataset, OWNER).name
    return store.create_run(OWNER, "fine_tune", case, name, dataset=dataset, settings=chosen, edits=changed)


def work(identity):
    run = queue.claim_here(identity)
    worker.work(run, Reporting(run))
    return store.run(identity, OWNER)


def done(run):
    if run.status != "done":
        sys.exit(f"The {run.kind} of {run.case} came to: {run.status} {run.error}")
    return run


def asked_for(kind, run, **values):
    return done(work(store.create_run(OWNER, kind, run.case, run.name, subject=run.id, **values)))


class Impatient(Quiet):
    """Asks to stop after so many steps."""

    def __init__(self, identity, steps):
        self.identity, self.steps, self.report = identity, steps, None

    def progress(self, what, done, total, **more):
        if what == "training" and done == self.steps:
            store.ask_to_stop(self.identity, OWNER)
            self.report.flush()


def stop_after(identity, steps):
    """The run, stopped; what it had learnt by then is evaluated."""
    run = queue.claim_here(identity)
    impatient = Impatient(identity, steps)
    impatient.report = Reporting(run, beside=impatient)
    worker.work(run, impatient.report)
    done(work(store.latest("keep", identity, OWNER).id))
    return store.run(identity, OWNER)


def curve(identity):
    return {row["step"]: row["values"] for row in store.metrics_after(identity, 0) if row["split"] == "validation"}


def resumed_elsewhere(run):
    """What the run comes to when it goes on, in a copy of the home."""
    home = files.home()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(home, folder, dirs_exist_ok=True, symlinks=True)
        ran = subprocess.run([sys.executable, __file__, run.id], env={**os.environ, "CASEBOOK_HOME": folder},
                             check=True, capture_output=True, text=True)  # fmt: skip
    return json.loads(ran.stdout.splitlines()[-1])


def go_on(identity):
    store.resume(identity, OWNER)
    run = done(work(identity))
    print(json.dumps({"test": run.result["test"], "validation": curve(identity)}))


def told_of(run, name, content):
    """What the code says of a run, and what its model answers when it is asked about this."""
    asked = files.home() / "asked" / name
    asked.parent.mkdir(exist_ok=True)
    asked.write_bytes(content)
    bundle = files.run(run.id) / "bundle"
    [answer] = cases.get(run.case).answerer(bundle)([asked])
    ran = subprocess.run([sys.executable, bundle / "predict.py", asked], capture_output=True, text=True, check=True)
    return {
        "id": run.id, "case": run.case, "name": run.name, "status": run.status, "dataset": run.dataset,
        "settings": run.settings, "result": run.result, "facts": run.facts, "edits": run.edits,
        "validation": curve(run.id), "asked": f"asked/{name}", "answer": asdict(answer),
        "script": ran.stdout.replace(str(asked), f"asked/{name}").splitlines(),
    }  # fmt: skip


def fill():
    image, text = keep_model("image", write_image_model), keep_model("text", lambda to: made_texts.write_body(to, 16))
    sound = keep_model("sound", lambda to: made_sounds.write_body(to, "speakers"))
    scribe = keep_model("scribe", lambda to: made_speech.write_body(to, width=16))
    quick = {"precision": "fp32", "batch_size": 8}
    told = {"runs": {}}

    walls = bring("image_recognition", {"walls.zip": pictures(6)})
    edits.add(OWNER, walls, 3, "rust")
    edits.add_all(OWNER, walls, {5: None, 16: "moss"})
    walls = bring("image_recognition", {"more.zip": pictures(3)}, onto=walls)
    run = done(work(train("image_recognition", walls, model=image, **quick)))
    told["runs"]["image"] = told_of(run, "new.png", picture((100, 150, 90)))
    explanations.ask(run, "first", row=0)
    done(work(store.run_list(OWNER, kind="explain")[0].id))
    asked_for("map", run)
    told["share"] = {"run": run.id, "token": shares.create(run, days=None, pictures=True)}
    told["locked_share"] = {"run": run.id, "passcode": "sesame",
                            "token": shares.create(run, days=None, passcode="sesame")}  # fmt: skip
    case = cases.get("image_recognition")
    chosen = {**run.settings, "mode": "full"}
    seen = reading.dataset_of(run)
    subject = rehearsing.subject(case, seen, chosen, prepared=True)
    told["profile"] = done(work(rehearsing.ask(OWNER, case, seen, chosen, subject))).id

    table = made_texts.table(60).encode()
    texts = bring("text_analysis", {"said.csv": table})
    run = done(work(train("text_analysis", texts, model=text, epochs=3, **quick)))
    told["runs"]["text"] = told_of(run, "new.txt", b"it was a lovely day")
    upload = store.new_id()
    (files.uploads() / upload).write_bytes(made_texts.table(5, seed=1).encode())
    store.add_upload(OWNER, upload, "many.csv", 1, "0" * 64)
    told["batch"] = asked_for("predict", run, parts=[{"upload": upload, "split": ""}], settings=run.settings).id
    kept_settings.keep(OWNER, texts, {"model": text, "mode": "full", "epochs": 2})
    told["kept_settings"] = {"dataset": texts, "settings": {"model": text, "mode": "full", "epochs": 2}}
    stopped = stop_after(train("text_analysis", texts, model=text, mode="full", epochs=4, **quick), 12)
    told["runs"]["stopped"] = told_of(stopped, "other.txt", b"when was it so bad")
    told["resumed"] = resumed_elsewhere(stopped)

    tones = bring("speech", {"tones.zip": recordings(10)})
    run = done(work(train("speech", tones, model=sound, **quick)))
    told["runs"]["speech"] = told_of(run, "new.wav", wav(tone("low", 3)))
    spoken = bring("speech", {"dictation.zip": dictation(24)}, task="transcribe")
    run = done(work(train("speech", spoken, model=scribe, task="transcribe", epochs=6, learning_rate=0.005,
                          **quick)))  # fmt: skip
    told["runs"]["transcription"] = told_of(run, "said.wav", wav(np.append(tone("high", 3), tone("low", 3))))

    ratings, books = made_items.tables()
    read = bring("recommendation", {"ratings.csv": ratings.encode(), "books.csv": books.encode()})
    run = done(work(train("recommendation", read, model=text, network="towers", begin="text", width=8, heads=2,
                          longest=8, directions=4, epochs=3, **quick)))  # fmt: skip
    told["runs"]["recommendation"] = told_of(run, "history.json", json.dumps({"had": ["b00", "b11"]}).encode())

    lines = "\n".join(text for text, _label in made_texts.said(24)).encode()
    groups = grouping.begin(store.run(collect("text_analysis", {"lines.txt": lines}), OWNER))
    done(work(groups))
    grouping.keep_names(store.run(groups, OWNER), 2, ["praise", "blame"])
    told["groups"] = {"id": groups, "names": ["praise", "blame"]}
    told["draft"] = {"id": collect("image_recognition", {"a.zip": pictures(4)}), "files": ["a.zip"]}
    told["edits"] = {"dataset": walls, "labels": edits.current(OWNER, walls)}
    told["made"] = time.time()
    told["datasets"] = [row.id for case in cases.NAMES for row, _many in datasets.newest(OWNER, case)]
    (files.home() / "told.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    go_on(sys.argv[1]) if len(sys.argv) > 1 else fill()
