"""Which languages data are in, which models know them, and Chinese in simplified or traditional characters."""

from __future__ import annotations

import made_speech
import pandas as pd
import pytest

import cases
from cases import language_fit, tasks
from cases.dataset import Dataset
from cases.settings import as_json
from cases.task_types import TRANSCRIPTION
from models.pretrained import catalog
from models.progress import NullReporter
from models.text import han, languages
from runs.jobs import fine_tune as jobs_fine_tune
from runs.language import say

SPEECH, TEXTS = cases.get("speech"), cases.get("text_analysis")
CHINESE, ENGLISH = ("高", "低", "中"), made_speech.ENGLISH_WORDS
REVIEWS = "text,label\n" + "\n".join(f"味道很好，送得也快{n},好\n等了两个小时，汤都凉了{n},差" for n in range(10))


@pytest.fixture
def spoken(tmp_path):
    """Data of recordings in which this is said."""

    def making(*said):
        folder = tmp_path / "-".join(said)
        folder.mkdir(exist_ok=True)
        samples = pd.DataFrame({"name": said, "file": said, "label": said, "split": ""})
        made = Dataset(folder, "0123456789abcdef", "speech", "speech", said, task_type=TRANSCRIPTION)
        made.save(samples, pd.DataFrame({"name": [], "reason": []}))
        return made

    return making


@pytest.mark.parametrize(("texts", "language"), [
    (["今天天气很好", "我们去吃饭 OK"], "zh"), (["すごい店だ", "東京"], "ja"), (["안녕하세요"], "ko"),
    (["Turn the light on", "and it is off"], "en"), (["one", "two", "three"], ""), (["Привет"], ""),
    (["Der Hund ist nicht zu Hause", "und die Katze auch nicht"], "de"),
])  # fmt: skip
def test_a_language_is_named_only_where_the_writing_tells_it(texts, language):
    assert languages.find(texts)[0].language == language


@pytest.mark.parametrize(("text", "found"), [
    ("This hotel was great", "English"), ("Great hotel", "Latin letters"), ("Привет, как дела", "Cyrillic letters"),
    ("味道很好，送得也快 OK", None), ("OK", None), ("10/10 !!! 😀", None), ("", None),
])  # fmt: skip
def test_a_text_in_another_language_than_those_learnt_from_is_told(text, found):
    one = languages.foreign(text, languages.usual(["味道很好，送得也快", "等了两个小时 too long"]))
    assert (one and languages.named(one.script, one.language)) == found
    assert languages.foreign(text, {}) is None


def test_of_texts_in_the_same_letters_only_a_whole_sentence_tells_another_language():
    german = "Das Hotel war sehr schlecht und ich komme nicht wieder"
    assert languages.foreign("die hard", {"LATIN": "en"}) is languages.foreign(german, {"LATIN": ""}) is None
    assert languages.foreign("東京都港区", {"HIRAGANA": "ja"}) is None


def test_scripts_have_shares_where_several_languages_remain_they_are_all_there_and_no_text_says_nothing():
    assert {"en", "de", "vi"} <= set(languages.find(["one", "two"])[0].languages)
    assert "en" not in languages.find(["grün", "weiß", "fünf"] * 3)[0].languages
    assert {"ru", "uk"} <= set(languages.find(["Привет"])[0].languages)
    assert languages.find(["12", "…", ""]) == languages.find([]) == []
    found = languages.find(["很好"] * 19 + ["good"])
    assert [(one.script, one.share) for one in found] == [("CJK", 0.95), ("LATIN", 0.05)]
    assert languages.unknown(found, ("zh",)) == [] and languages.unknown(found, ()) == []
    assert languages.unknown(found, ("en",)) == found[:1]


def test_chinese_is_known_by_its_characters_and_written_in_the_same():
    assert han.script(["我们说话", "天气很好"]) == "simplified"
    assert han.script(["我們說話", "天氣很好"]) == "traditional"
    assert han.script(["你好"]) == han.script(["我們说話"]) == han.script([]) == ""
    simplified = str.maketrans(*han.replacements("simplified", ["著名"]))
    assert "這個頭髮很乾淨，後面著名的飯館".translate(simplified) == "这个头发很干净，后面著名的饭馆"
    traditional = str.maketrans(*han.replacements("traditional", []))
    assert "这个门后面".translate(traditional) == "這個門后面"  # 后 is a character of both
    assert han.replacements("", ["你好"]) == ("", "")


@pytest.mark.parametrize(("said", "task", "decided"), [
    (CHINESE, "auto", ("transcribe", "whisper-base", "zh")),
    (ENGLISH, "auto", ("transcribe", "whisper-tiny.en", "auto")),
    (CHINESE, "label", ("label", "whisper-tiny.en", "auto")),
])  # fmt: skip
def test_the_default_of_transcripts_alone_is_a_model_that_knows_their_language(spoken, said, task, decided):
    found = tasks.decided(SPEECH, spoken(*said), {"task": task, "model": "auto", "language": "auto"})
    assert found == dict(zip(("task", "model", "language"), decided, strict=True))


def misfit(case, dataset, cache, **settings):
    task = tasks.of(case, settings)
    return language_fit.misfit(case, task, dataset.meant_as(task.task_type), settings, cache)


def test_an_english_model_on_chinese_transcripts_is_refused_with_the_one_that_knows_it(spoken, tmp_path):
    chinese = SPEECH, spoken(*CHINESE), tmp_path
    told = misfit(*chinese, task="transcribe", model="whisper-tiny.en")
    assert told.refused and told.instead == "whisper-base"
    assert "100% of the data is in Chinese." in str(told.problem) and "“Whisper base" in str(told.problem)
    for model in ("whisper-base", "ge2e-speaker-encoder", "some/model"):
        assert misfit(*chinese, task="transcribe", model=model) is None
    assert misfit(*chinese, task="label", model="whisper-tiny.en") is None
    assert misfit(*chinese, task="transcribe", model="openai/whisper-small.en").refused
    assert misfit(SPEECH, spoken(*ENGLISH), tmp_path, task="transcribe", model="whisper-tiny.en") is None


def test_an_english_reader_of_chinese_texts_is_warned_of_and_not_refused(read_texts, part, tmp_path):
    dataset = read_texts(part("reviews.csv", REVIEWS))
    told = misfit(TEXTS, dataset, tmp_path, model="all-MiniLM-L6-v2")
    assert not told.refused and told.instead == "multilingual-e5-small"
    assert "100% of the data is in Chinese. The model “all-MiniLM-L6-v2” supports English only." in str(told.problem)
    assert misfit(TEXTS, dataset, tmp_path, model="multilingual-e5-small") is None
    assert misfit(TEXTS, dataset, tmp_path, model="BAAI/bge-small-zh-v1.5") is None


def test_a_model_says_by_itself_which_languages_it_knows(tmp_path):
    both = made_speech.write_body(tmp_path / "both", tongues=True)
    assert catalog.languages(str(both)) == ("en", "zh")
    assert catalog.languages(str(made_speech.write_body(tmp_path / "one"))) == ("en",)
    assert catalog.languages("whisper-tiny.en") == catalog.languages("openai/whisper-base.en@abc") == ("en",)
    assert "zh" in catalog.languages("whisper-base") and catalog.languages("some/model") == ()


def test_a_run_on_texts_in_another_language_says_so_in_its_notes(read_texts, part):
    dataset, notes = read_texts(part("reviews.csv", REVIEWS)), []

    class Noting(NullReporter):
        def note(self, message, **args):
            notes.append(say("zh", message, **args))

    settings = as_json(TEXTS.Settings(model="all-MiniLM-L6-v2"))
    jobs_fine_tune._require_language(TEXTS, TEXTS.tasks[0], dataset, settings, Noting())
    assert notes == ["数据中有 100% 是中文。", "模型“all-MiniLM-L6-v2”只支持英文。"]
