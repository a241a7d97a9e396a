"""What becomes of pictures as people have them."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image

from cases.base import UploadedFile
from cases.image_recognition import reader, sample
from cases.image_recognition.predict import decode
from models.errors import InputError
from models.progress import NullReporter

NASTY = ROOT.parent / "shared/data/nasty"
NOT_A_PICTURE = "Not a picture, despite its name. Save the original as JPEG or PNG."
DAMAGED = "It is damaged and cannot be read to its end. Copy or download the original again."


def nasty(name):
    if not NASTY.is_dir():
        pytest.skip("The odd real files of ../shared/data/nasty are not on this machine.")
    return NASTY / name


def encoded(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path, zip_of):
    def reading(files, name="pets.zip", **more):
        parts = [UploadedFile(zip_of(tmp_path / name, files), name)]
        parts += [
            UploadedFile(zip_of(tmp_path / f"{split}.zip", some), f"{split}.zip", split) for split, some in more.items()
        ]
        (tmp_path / "data").mkdir()
        return reader.read(parts, tmp_path / "data", "digest", NullReporter())

    return reading


def refusal(read, files):
    with pytest.raises(InputError) as refused:
        read(files)
    return str(refused.value)


def aside(dataset):
    return dict(dataset.set_aside[["name", "reason"]].itertuples(index=False))


def test_folders_become_classes_and_pixels_are_kept_once(read, pictures, tmp_path):
    files = pictures(3, above="deep/down/")
    dataset = read(files)
    samples = dataset.samples
    assert (dataset.name, dataset.classes) == ("pets", ("moss", "rust", "slate"))
    assert samples["name"].tolist() == sorted(files)
    assert samples["label"].tolist() == ["moss"] * 3 + ["rust"] * 3 + ["slate"] * 3
    assert set(samples["split"]) == {""} and set(samples["width"]) == {48}
    assert len(dataset.set_aside) == 0
    kept = reader.pixels(dataset, 256, "bicubic", tmp_path / "cache", NullReporter())
    smaller = reader.pixels(dataset, 40, "bilinear", tmp_path / "cache", NullReporter())
    for row, name in enumerate(samples["file"]):
        assert np.array_equal(kept[row], decode(dataset.file(name), 256, "bicubic"))
        assert np.array_equal(smaller[row], decode(dataset.file(name), 40, "bilinear"))


def test_what_cannot_be_used_is_set_aside_with_its_reason(read, pictures):
    dataset = read(
        {
            **pictures(2),
            "moss/letter.jpg": b"Dear Sir or Madam",
            "moss/nothing.png": b"",
            "moss/notes.txt": b"notes",
            "moss/cut.png": pictures(1)["moss/000.png"][:-400],
            "stray.png": pictures(1)["moss/000.png"],
            "train/stray.png": pictures(1)["moss/000.png"],
        }
    )
    assert len(dataset.samples) == 6
    assert aside(dataset) == {
        "moss/letter.jpg": NOT_A_PICTURE,
        "moss/nothing.png": "An empty file (0 bytes).",
        "moss/notes.txt": "A text file without classes for these files.",
        "moss/cut.png": DAMAGED,
        "stray.png": "Not in a class folder.",
        "train/stray.png": "Not in a class folder.",
    }
    assert len(list((dataset.folder / "files/0").iterdir())) == 6


def test_a_picture_with_the_wrong_ending_is_read_for_what_it_is(read, pictures):
    dataset = read({**pictures(2), "moss/really.png": encoded(Image.new("RGB", (60, 60), "red"), "JPEG")})
    assert len(dataset.samples) == 7


@pytest.mark.parametrize("name", ["broken.png", "truncated_jpeg.jpg"])
def test_real_broken_pictures_are_set_aside(read, pictures, name):
    dataset = read({**pictures(2), f"moss/{name}": nasty(name).read_bytes()})
    assert aside(dataset) == {f"moss/{name}": DAMAGED}


def test_a_photograph_lying_on_its_side_is_set_upright():
    file = nasty("hopper_orientation_6.jpg")
    with Image.open(file) as lying:
        upright = lying.rotate(-90)
    assert np.array_equal(decode(file, 128, "bicubic"), np.asarray(upright))


def test_print_colours_become_screen_colours():
    pixels = decode(nasty("pil_sample_cmyk.jpg"), 100, "bicubic")
    assert pixels[0, 0].tolist() == [255, 13, 25]  # the red corner
    assert pixels[90:].max() < 10  # the black ground


def test_the_first_picture_of_an_animation_is_taken(read, pictures):
    dataset = read({**pictures(2), "moss/moving.gif": nasty("dispose_bgnd.gif").read_bytes()})
    assert len(dataset.samples) == 7
    with Image.open(nasty("dispose_bgnd.gif")) as animation:
        first = animation.convert("RGBA")
    white = Image.alpha_composite(Image.new("RGBA", first.size, "white"), first).convert("RGB")
    assert np.array_equal(decode(nasty("dispose_bgnd.gif"), 100, "bicubic"), np.asarray(white))


def test_sixteen_bits_become_eight():
    assert decode(nasty("i_trns.png"), 64, "bicubic").shape == (64, 64, 3)
    shades = np.repeat(np.arange(0, 65536, 1024, dtype=np.uint16)[None], 64, 0)
    pixels = decode(io.BytesIO(encoded(Image.fromarray(shades))), 64, "bicubic")
    assert np.abs(pixels[0, :, 0] - shades[0] / 257).max() <= 1


def test_clear_places_become_white():
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    assert decode(io.BytesIO(encoded(clear)), 32, "bicubic").min() == 255


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (4000, 2), (37, 91)])
def test_pictures_of_any_form_give_their_middle_square(size):
    picture = encoded(Image.new("RGB", size, (10, 200, 30)))
    pixels = decode(io.BytesIO(picture), 64, "bicubic")
    assert pixels.shape == (64, 64, 3)
    assert (pixels == (10, 200, 30)).all()


def test_a_line_of_pixels_is_not_blown_up_whole(tmp_path):
    Image.new("RGB", (1, 3000)).save(tmp_path / "line.png")  # would be 256 × 768,000 pixels
    program = (
        "import resource, sys; from cases.image_recognition.predict import decode\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); decode(sys.argv[1], 256, 'bicubic'); print((peak() - before) // 1024)"
    )
    spent = subprocess.check_output([sys.executable, "-c", program, tmp_path / "line.png"], cwd=ROOT, text=True)
    assert int(spent) < 50  # megabytes


def test_folders_that_say_which_part_they_hold_are_honoured(read, pictures):
    files = {}
    for seed, above in enumerate(["Train/", "x/VALID/", "testing/"]):
        files |= pictures(2, seed=seed, above=above)
    samples = read(files).samples
    assert samples.groupby("split").size().to_dict() == {"train": 6, "validation": 6, "test": 6}
    assert sorted(samples["label"].unique()) == ["moss", "rust", "slate"]


def test_a_test_zip_of_its_own_is_the_test_part(read, pictures):
    dataset = read(pictures(2), test=pictures(1, seed=1))
    assert dataset.name == "pets"
    assert dataset.samples["split"].tolist() == [""] * 6 + ["test"] * 3
    assert all(dataset.file(name).exists() for name in dataset.samples["file"])


def test_one_class_is_not_enough(read, pictures):
    assert refusal(read, pictures(3, classes=("moss",))) == (
        "“pets.zip” holds one class only, “moss”. At least two classes are needed. Add pictures of a second class."
    )


def test_pictures_without_class_folders_are_refused(read, pictures):
    flat = {name.replace("/", "-"): content for name, content in pictures(2).items()}
    assert refusal(read, flat) == (
        "“pets.zip” holds no usable pictures; skipped files: 6. Each picture needs a class from its folder, a table or "
        "your input. Put the pictures of each class into a folder of its own and zip the folders."
    )


def test_a_picture_that_would_fill_the_memory_is_set_aside(read, pictures):
    bomb = encoded(Image.new("1", (30_000, 10_000)))  # 300 million pixels in a few kilobytes
    dataset = read({**pictures(2), "moss/vast.png": bomb})
    assert aside(dataset) == {
        "moss/vast.png": "It has more than 250 million pixels. Reduce it to 4,000 pixels a side and add it again."
    }


def test_the_sample_is_the_same_to_the_byte_each_time(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    first, second = (sample.digits(folder, each=2).path.read_bytes() for folder in folders)
    assert first == second


def test_kept_pixels_that_were_damaged_are_decoded_again(read, pictures, tmp_path):
    dataset = read(pictures(3))
    kept = reader.pixels(dataset, reader.SIZE, reader.INTERPOLATION, tmp_path / "cache", NullReporter())
    whole, path = np.array(kept), dataset.folder / f"pixels-{reader.SIZE}-{reader.INTERPOLATION}.rows"
    path.write_bytes(path.read_bytes()[:-400] + bytes(400))
    again = reader.pixels(dataset, reader.SIZE, reader.INTERPOLATION, tmp_path / "cache", NullReporter())
    assert np.array_equal(again, whole)
