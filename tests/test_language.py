"""Every sentence a person reads is there in Chinese, and its places are the same."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from conftest import ROOT

from models.errors import InputError
from runs.language import LANGUAGES, files, say, say_error


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """What `make messages` collects from the code."""
    line = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "extract" in line)
    target = tmp_path_factory.mktemp("messages") / "casebook.pot"
    given = shlex.split(line)[1:]
    given[given.index("-o") + 1] = str(target)
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *given], cwd=ROOT, check=True, capture_output=True)
    with target.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def catalogue(language):
    """That of the app, with what cases bring themselves."""
    ours, *more = map(_read, files(language))
    for message in (message for one in more for message in one if message.id):
        ours[message.id] = message
    return ours


def _read(path):
    with path.open("rb") as file:
        return read_po(file)


def ids(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


def texts(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def known(collected):
    return {one for message in collected for one in ids(message)}


def test_sentences_of_every_layer_are_collected_and_what_is_said_within_another_text_too(known):
    assert {
        "There is no such run.", "The loss became NaN or infinite at step {step}.", "Not in a class folder.",
        "Learning rate", "Start fine-tuning", "{n} CPU core", "{n} CPU cores",
    } <= known  # fmt: skip
    # The collector does not see all that stands within an f-string.
    missed = []
    for path in (path for folder in ("pages", "runs", "cases", "models") for path in (ROOT / folder).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "N_"):
                said = call.args[0] if call.args else None
                if isinstance(said, ast.Constant) and said.value not in known:
                    missed.append((path.name, said.value))
    assert not missed


def test_every_sentence_is_there_in_chinese_and_in_english_as_the_code_says_it(collected):
    chinese = catalogue("zh")
    found = {message.id: chinese.get(message.id) for message in collected}
    assert [one for one, said in found.items() if said is None or not all(texts(said)) or said.fuzzy] == []
    for message in collected:
        assert say("en", ids(message)[0]) == ids(message)[0]


HAN = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}\s*[,;:!?.](?=\s|$|{HAN})|[,;:!?]\s*{HAN}|{HAN} ?\(|\({HAN}|{HAN}\)|\){HAN}|\"|'")
CROWDED = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9%]{HAN}")
LINKS = re.compile(r"`[^`]*`|\]\([^)]*\)|:material/\w+:|https?://\S+")


OPENS_NOTHING = re.compile(r"[^\W_]\*\*[^\w\s*]")  # letter, mark, punctuation: Markdown opens no bold there
CLOSES_NOTHING = re.compile(r"[^\w\s*]\*\*[^\W_]")


def test_chinese_has_its_own_punctuation_room_around_other_letters_and_no_bold_that_shows_asterisks():
    for text in (text for message in catalogue("zh") if message.id for text in texts(message)):
        plain = LINKS.sub("", text)
        assert not HALF_WIDTH.search(re.sub(r"\{[^}]*\}", "甲", plain)), text  # a place may be filled with Chinese
        assert not CROWDED.search(plain), text
        filled = re.sub(r"\{[^}]*\}", "甲", text)
        for place, mark in enumerate(re.finditer(r"\*\*", filled)):
            around = filled[max(mark.start() - 1, 0) : mark.end() + 1]
            assert not (CLOSES_NOTHING if place % 2 else OPENS_NOTHING).fullmatch(around), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_sentence(language):
    for message in catalogue(language):
        for text in texts(message):
            if message.id and text:
                assert places(text) == places(ids(message)[-1]), message.id


MOST_WORDS = 20  # of a sentence
NEVER = (
    "was loaded again and predicted", "loaded again and checked", "is said where it comes from", "Torn between two",
    "is looked at once", "cannot be told apart", "its heading says so",
)  # fmt: skip


def test_no_sentence_has_more_than_twenty_words_puzzled_readers_or_parts_percent_from_its_number(known, collected):
    sentences = [sentence for one in known for sentence in re.split(r"[.!?]\s", one)]
    assert [one for one in sentences if len(re.findall(r"\w\S*", one)) > MOST_WORDS] == []
    assert [one for one in known if any(phrase in one for phrase in NEVER)] == []
    said = [one for message in [*collected, *catalogue("zh")] if message.id for one in (*ids(message), *texts(message))]
    assert not [one for one in said if re.search(r"\d\s+%", one)]


def test_what_an_earlier_version_stored_is_said_in_chinese_though_it_is_worded_anew(known):
    _ours, former, *_of_cases = map(_read, files("zh"))
    stored = {"table": "a.csv", "column": "评价"}
    said = say("zh", "“{table}”: column “{column}” holds the texts; its heading says so.", **stored)
    assert said == "“a.csv”：“评价”列是文本，依据是列名。"
    assert not [message.id for message in former if message.id and message.id in known]


def test_an_error_is_said_in_the_language_of_its_reader():
    needed = "At least one class needs three examples, one each for training, validation and test."
    error = InputError(found="No examples are left in the “{part}” split.", expected=needed,
                       remedy="Add examples, or change the split.", part="test").as_json()  # fmt: skip
    assert say_error("en", error) == str(InputError.from_json(error))
    assert say_error("zh", error).startswith("“测试”部分没有分到样本。至少一个类别要有三个样本，")


# What a thing is called no more: of each one name is left.
NO_MORE = {
    "zh": ("无标签学习", "分群", "最终拟合", "跟踪样本", "留出物品", "4 位量化", "第二概率", "批次大小",
           "测试集 Recall@"),
    "en": ("The effect came:", "made-up ones", "no good here", "flatters it", "for a precision of"),
}  # fmt: skip


def test_a_thing_is_called_by_the_name_that_was_agreed_on():
    """In the catalogues, the lessons with their glossary, and the Chinese pages of the manual."""
    lessons = [path.read_text("utf-8") for path in (ROOT / "lessons").rglob("*") if path.suffix in (".md", ".toml")]
    manual = [path.read_text("utf-8") for path in [*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").glob("*.zh-CN.md")]]
    known = {"zh": [*spoken("zh").values(), *lessons, *manual], "en": [*spoken("zh"), *lessons]}
    found = [(word, text[max(0, text.index(word) - 20) :][:60]) for language, words in NO_MORE.items()
             for word in words for text in known[language] if word in text]  # fmt: skip
    assert found == []
    of_threshold = [text for sentence, text in spoken("zh").items()
                    if "what is answered" in sentence or "Of the rest," in sentence]  # fmt: skip
    assert len(of_threshold) > 3 and not [text for text in of_threshold if "精确率" in text]
    assert not [text for text in spoken("zh").values() if re.search(r"(?<!（)Recall@\d+", text)]


def spoken(language):
    """Message id → how it is said, plural forms in one."""
    both = [(one.id, one.string) for one in catalogue(language) if one.id]
    return {" ".join([one] if isinstance(one, str) else one): " ".join([other] if isinstance(other, str) else other)
            for one, other in both}  # fmt: skip
