"""Recordings with a table beside them: what columns are taken for, who speaks, and a split by speakers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sounds import encoded, tone

from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.groups import COPIES, FOLDER, SPEAKER, known
from cases.ingest.tables.previews import Column
from cases.speech import CASE, checks, speaker_ids
from cases.splits import assign, divide, split
from models.errors import InputError
from models.progress import QUIET

LINES = [(f"{number}.wav", "ab"[number % 2], ("ann", "bob", "cid")[number % 3]) for number in range(12)]


@pytest.fixture
def clips(tmp_path, zip_of):
    """A zip of recordings in one folder, and of texts: labels_csv is labels.csv."""

    def pack(**more):
        files = {f"clips/{number}.wav": encoded(tone(0.2, 300 + 50 * number)) for number in range(12)}
        files |= {name.replace("_", "."): text for name, text in more.items()}
        return UploadedFile(zip_of(tmp_path / "clips.zip", files), "clips.zip")

    return pack


def table(heading, *columns):
    picked = [[str(line[column]) for column in columns] for line in LINES]
    return "\n".join([heading, *(",".join(cells) for cells in picked)])


def seen(parts, folder, **columns):
    return CASE.preview(parts, folder / "looked", columns, QUIET)


def read(parts, folder, **columns):
    (folder / "data").mkdir()
    return CASE.read(parts, WorkDirs(folder / "data", folder / "cache"), "digest", QUIET, columns)


def test_a_table_beside_a_zip_is_shown_as_it_is_understood(clips, part, tmp_path):
    [one] = seen([clips(), part("labels.csv", table("path,kind,speaker", 0, 1, 2))], tmp_path)
    assert (one.table, one.total, one.error) == ("labels.csv", 12, None)
    assert one.columns == (Column("path", "file"), Column("kind", "label"), Column("speaker", "speaker"))
    assert one.lines[0] == ("0.wav", "a", "ann") and len(one.lines) == 5
    told = [note["message"].format(**note["args"]) for note in one.notes]
    for note, words in zip(told, ("UTF-8", "12 of 12 lines match", "the only other", "from its name"), strict=True):
        assert words in note
    assert not list((tmp_path / "looked").rglob("*.wav"))  # to look unpacks nothing


def test_a_table_inside_the_zip_is_shown_and_another_text_is_not(clips, tmp_path):
    [one] = seen([clips(labels_csv=table("path,kind", 0, 1), readme_txt="about,these\nclips,here")], tmp_path)
    assert [column.role for column in one.columns] == ["file", "label"]
    assert seen([clips()], tmp_path) == []


def test_columns_that_a_person_chose_stand(clips, part, tmp_path):
    parts = [clips(), part("labels.csv", table("path,kind,who", 0, 1, 2))]
    [one] = seen(parts, tmp_path, label="who", speaker="kind")
    assert [column.role for column in one.columns] == ["file", "speaker", "label"]
    dataset = read(parts, tmp_path, label="who", speaker="kind")
    assert dataset.classes == ("ann", "bob", "cid")
    assert dataset.samples.groupby("name")["speaker"].first().to_dict() == {
        f"clips/{name}": kind for name, kind, _ in LINES
    }


def test_a_column_that_is_not_there_is_said_and_the_table_is_shown_all_the_same(clips, part, tmp_path):
    [one] = seen([clips(), part("labels.csv", table("path,kind", 0, 1))], tmp_path, label="mood")
    assert "has no column “mood”. Its columns are: path, kind." in str(InputError.from_json(one.error))
    assert [column.role for column in one.columns] == ["file", "label"]


def samples(names, labels, speakers=None):
    return pd.DataFrame({"name": names, "label": labels, "split": "", "speaker": speakers or [""] * len(names)})


NAMES = {
    "in the middle": [f"{label}_{who}_{take}.wav" for label in "01" for who in ("george", "theo") for take in range(5)],
    "in front": [f"{'01'[place]}/{who:08x}_nohash_{take}.wav" for place in (0, 1) for who in range(171, 176)
                 for take in (0, 1)],
    "in a folder": [f"{who}/{label}/{take}.wav" for label in "01" for who in ("p225", "p226") for take in range(5)],
    "after what it is": [f"{label}/spk{who}-take{take}.wav" for label in "01" for who in (1, 2) for take in range(5)],
}  # fmt: skip
WHO = {"in the middle": "george", "in front": "000000ab", "in a folder": "p225", "after what it is": "spk1"}


@pytest.mark.parametrize("where", NAMES)
def test_the_names_of_files_tell_who_speaks(where):
    names = NAMES[where]
    found, [note] = speaker_ids.guess(samples(names, ["0"] * 10 + ["1"] * 10))
    assert found[0] == WHO[where] and len(set(found)) == {"in front": 5}.get(where, 2)
    told = note["message"].format(**note["args"])
    place = "upper folders" if where == "in a folder" else "file names"
    assert f"the {place}: {len(set(found))}, for example “{WHO[where]}” in “{names[0]}”" in told


def test_upper_folders_taken_for_speakers_can_be_the_classes_and_the_lower_ones_are_then_groups(part, zip_of, tmp_path):
    names = [f"{kind}/{source}/clip{take}.wav" for kind in ("rain", "dog", "bird") for source in ("esc", "own", "web")
             for take in range(2)]  # fmt: skip
    files = {name: encoded(tone(0.2, 300 + 20 * number)) for number, name in enumerate(names)}
    content = zip_of(tmp_path / "s.zip", files).read_bytes()
    usual, chosen = tmp_path / "usual", tmp_path / "chosen"
    usual.mkdir(), chosen.mkdir()
    dataset = read([part("s.zip", content)], usual)
    assert dataset.classes == ("esc", "own", "web") and set(dataset.samples["speaker"]) == {"rain", "dog", "bird"}
    assert [note["refusal"] for note in dataset.notes] == ["Use the upper folder as the class", "Ignore these speakers"]
    dataset = read([part("s.zip", content)], chosen, **dataset.notes[0]["columns"])
    assert dataset.classes == ("bird", "dog", "rain") and set(dataset.samples["speaker"]) == {""}
    assert [note["refusal"] for note in dataset.notes] == ["Use the last folder as the class"]
    assert known(dataset, [FOLDER, SPEAKER]) == [FOLDER]


def test_what_a_table_says_of_speakers_stands_and_who_says_that_nothing_tells_them_is_believed():
    told, names = ["ann", "", *["bob"] * 18], NAMES["in the middle"]
    assert speaker_ids.guess(samples(names, ["0"] * 10 + ["1"] * 10, told)) == (told, [])
    assert speaker_ids.guess(samples(names, ["0"] * 10 + ["1"] * 10), {"speaker": ""}) == ([""] * 20, [])


def crowd(**columns):
    """Six speakers, each with ten recordings of both classes."""
    people = [f"s{number % 6}" for number in range(120)]
    return samples([f"{n}.wav" for n in range(120)], list("ab" * 60), people).assign(**columns)


def test_all_of_a_speaker_goes_into_one_part():
    parts = split(crowd(), validation=0.15, test=0.15, seed=1, group_by="speaker")
    of = crowd().assign(part=parts).groupby("speaker")["part"].unique()
    assert of.map(len).max() == 1
    assert parts.value_counts().to_dict() == {"train": 80, "validation": 20, "test": 20}
    assert not parts.equals(split(crowd(), validation=0.15, test=0.15, seed=2, group_by="speaker"))


def test_copies_and_speakers_stay_together_and_a_given_part_stands():
    copies = np.full(120, -1)
    copies[[0, 1]] = 0  # of two speakers
    parts = split(crowd(alike=copies), validation=0.15, test=0.15, seed=0, group_by="speaker")
    assert crowd().assign(part=parts).query("speaker in ['s0', 's1']")["part"].nunique() == 1
    given = ["test" if number % 6 == 5 else "" for number in range(120)]
    parts = split(crowd(split=given), validation=0.2, test=0.2, seed=0, group_by="speaker")
    assert parts[[one == "test" for one in given]].eq("test").all() and (parts == "test").sum() == 20
    assert (parts == "validation").sum() == 20


@pytest.fixture
def stored(tmp_path):
    def save(table):
        dataset = Dataset(tmp_path / "stored", "digest", "speech", "clips", ("a", "b"))
        dataset.folder.mkdir(exist_ok=True)
        dataset.save(table, pd.DataFrame({"name": [], "reason": []}))
        return Dataset.open(dataset.folder)

    return save


def test_without_speakers_they_cannot_be_kept_together(stored):
    dataset = stored(crowd(speaker=""))
    assert known(dataset, ["copies", "speaker"]) == [COPIES]
    with pytest.raises(InputError, match="belongs to a group by “speaker”"):
        assign(dataset, validation=0.15, test=0.15, seed=0, group_by="speaker")
    with pytest.raises(InputError, match="No examples are left in the “validation”"):
        divide(stored(crowd(speaker="one")), validation=0.15, test=0.15, seed=0, group_by="speaker")


FACTS = {"seconds": 1.0, "rate": 16_000, "peak": 0.5, "rms": 0.1, "mono": 0.1, "offset": 0.0, "silence": 0.1,
         "clipped": 0.0, "lies": False}  # fmt: skip


def test_the_same_voice_on_both_sides_is_told(stored):
    [told] = checks.findings(stored(crowd(**FACTS)))
    assert (told.name, len(told.rows)) == ("speakers", 120)
    given = ["test" if number % 6 == 5 or number == 0 else "" for number in range(120)]
    [told] = checks.findings(stored(crowd(split=given, **FACTS)))
    assert told.name == "both_sides" and told.rows.tolist() == list(range(0, 120, 6))
    apart = ["test" if number % 6 == 5 else "" for number in range(120)]
    assert checks.findings(stored(crowd(split=apart, **FACTS))) == []


@pytest.mark.parametrize(("split", "name"), [("test", "voices_both_sides"), ("", "voices")])
def test_what_was_heard_is_said_with_a_way_to_settle_it(tmp_path, split, name):
    facts = {"seconds": 1.0, "rate": 16_000, "peak": 0.5, "rms": 0.1, "mono": 0.1, "offset": 0.0, "silence": 0.1,
             "clipped": 0.0, "lies": False}  # fmt: skip
    table = pd.DataFrame({"name": [f"{row}.wav" for row in range(8)], "label": list("ab" * 4), "speaker": "",
                          "split": [split, ""] * 4, "voice": [0.9] * 5 + [0.2, np.nan, np.nan], **facts})  # fmt: skip
    dataset = Dataset(tmp_path / "data", "digest", "speech", "clips", ("a", "b"))
    dataset.folder.mkdir()
    dataset.save(table, pd.DataFrame({"name": [], "reason": []}))
    [told] = checks.findings(Dataset.open(dataset.folder))
    assert (told.name, told.rows.tolist()) == (name, [0, 1, 2, 3, 4])
    assert told.leak and not told.sure  # what an encoder suspects is no warning
    assert "“speaker” column" in told.advice
    quiet = table.assign(voice=[0.9] * 3 + [0.2] * 4 + [np.nan])
    dataset.save(quiet, pd.DataFrame({"name": [], "reason": []}))
    assert checks.findings(Dataset.open(dataset.folder)) == []
