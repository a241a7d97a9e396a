"""Texts in the encodings of the world come out right, or the person is asked; never wrong in silence."""

from __future__ import annotations

import random
from functools import cache

import pytest
from babel import Locale
from test_text_data import pairs
from test_text_nasty import refused

from cases.base import UploadedFile
from cases.ingest.tables import encoding_detector
from cases.ingest.tables.encoding import decode
from cases.text_analysis import CASE
from models.errors import InputError
from models.progress import QUIET

ENCODINGS = {"big5": "zh_Hant", "shift_jis": "ja", "cp1251": "ru", "euc_kr": "ko", "gb18030": "zh_Hans", "cp1252": "fr"}
OTHERS = [
    ("cp1250", "pl"), ("cp1250", "ro"), ("cp1250", "hu"), ("iso8859_2", "cs"), ("koi8_r", "ru"), ("cp866", "ru"),
    ("cp1251", "uk"), ("cp1251", "bg"), ("cp1253", "el"), ("cp1254", "tr"), ("cp1255", "he"), ("cp1256", "ar"),
    ("cp1257", "lt"), ("cp874", "th"), ("mac_roman", "de"), ("euc_jp", "ja"), ("cp1252", "da"), ("cp1252", "es"),
]  # fmt: skip


@cache
def names(language):
    """Of countries, languages and moneys, as CLDR has them."""
    known = Locale.parse(language)
    return [*known.territories.values(), *known.languages.values(), *known.currencies.values()]


def texts(encoding, language, number):
    """Texts of 20 to 2,000 bytes, short ones as often as long ones."""
    chance, words = random.Random(f"{encoding} {language}"), names(language)
    while number:
        size, between, content = int(20 * 100 ** chance.random()), chance.choice([" ", ", ", "\n", ";"]), b""
        while len(content) < 20 or len(content) < size:
            word = chance.choice(words).encode(encoding, "ignore")
            if len(content) >= 20 and len(content) + len(word) + 2 > size:
                break
            content += between.encode() * bool(content) + word
        if not content.isascii() and len(content) <= 2000:
            number -= 1
            yield content


def outcomes(encoding, language, number):
    """How many came out right, and were asked about; what came out wrong."""
    right, asked, wrong = 0, 0, []
    for content in texts(encoding, language, number):
        try:
            read = decode(content, "t.txt")[0]
        except InputError:
            asked += 1
            continue
        right += read == content.decode(encoding)
        wrong += [read] if read != content.decode(encoding) else []
    return right, asked, wrong


@pytest.mark.parametrize(("encoding", "language"), ENCODINGS.items())
def test_a_hundred_texts_come_out_right_or_are_asked_about(encoding, language):
    right, asked, wrong = outcomes(encoding, language, 100)
    assert (right + asked, wrong) == (100, [])
    assert right >= (20 if encoding == "cp1252" else 80)  # in most languages of Europe è may be č as well


@pytest.mark.parametrize(("encoding", "language"), OTHERS)
def test_other_encodings_are_not_taken_for_one_of_these(encoding, language):
    assert outcomes(encoding, language, 30)[2] == []


SENTENCES = {
    "big5": "這家店的東西很好吃，服務也很親切，下次還會再來。",
    "shift_jis": "この商品はとても使いやすくて、家族みんなで喜んでいます。",
    "cp1251": "Очень понравилось, быстро доставили и вежливо ответили на вопросы.",
    "euc_kr": "음식이 정말 맛있고 직원들도 친절해서 다음에 또 가고 싶어요.",
    "gb18030": "这家店的菜很好吃，服务也很热情，下次还会再来的。",
    "cp1252": "Très bon accueil, les plats étaient délicieux et l’équipe à l’écoute même tard le soir.",
}


ASKED = "The encoding of “{name}” could not be detected."
SHORT = "text,label\n好吃,1\n难吃,0\n".encode("gb18030")


def test_what_is_in_doubt_is_refused_shown_in_each_encoding_and_read_as_a_person_says(read_texts, part, tmp_path):
    assert refused(read_texts, part("t.csv", SHORT)).startswith(ASKED.format(name="t.csv"))
    (seen,) = CASE.preview([part("t.csv", SHORT)], tmp_path / "seen", {}, QUIET)
    assert seen.error["found"] == ASKED and seen.encoding in encoding_detector.CHOICES
    assert list(seen.samples["gb18030"]) == ["好吃,1", "难吃,0"] and "utf-8" not in seen.samples
    (chosen,) = CASE.preview([part("t.csv", SHORT)], tmp_path / "chosen", {"encoding": "gb18030"}, QUIET)
    assert (chosen.error, chosen.encoding, chosen.lines[0]) == (None, "gb18030", ("好吃", "1"))


def test_an_encoding_is_read_as_a_person_says_and_one_that_there_is_not_is_refused(read_texts, part, tmp_path):
    assert pairs(read_texts(part("t.csv", SHORT), encoding="gb18030")) == [("好吃", "1"), ("难吃", "0")]
    (tmp_path / "data").rename(tmp_path / "read")
    told = refused(read_texts, part("t.csv", SHORT), encoding="zlib_codec")
    assert told.startswith("Unknown encoding “zlib_codec”. Supported encodings: utf-8, gb18030, ")


def test_the_file_says_its_encoding_or_one_can_choose_another_than_was_found(part, tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        content = "text,label\n好吃,1\n难吃,0\n".encode(encoding)
        (seen,) = CASE.preview([part("t.csv", content)], tmp_path / encoding, {}, QUIET)
        assert (seen.encoding, dict(seen.samples)) == ("", {})
    content = f"text,label\n{SENTENCES['gb18030']},1\nno,0\n".encode("gb18030")
    (seen,) = CASE.preview([part("t.csv", content)], tmp_path / "seen", {}, QUIET)
    assert (seen.error, seen.encoding) == (None, "gb18030")
    assert SENTENCES["gb18030"] in seen.samples["gb18030"][0]
    assert {"gb18030", "cp949", "cp1252"} <= seen.samples.keys()


def test_files_of_a_text_each_are_told_or_asked_about_together(read_texts, part, zip_of, tmp_path):
    words = [word for word in SENTENCES["gb18030"].replace("，", "。").split("。") if word]
    files = {f"{'pos' if n % 2 else 'neg'}/{n}.txt": word.encode("gb18030") for n, word in enumerate(words)}
    path = zip_of(tmp_path / "t.zip", files)
    assert sorted(text for text, _label in pairs(read_texts(UploadedFile(path, "t.zip")))) == sorted(words)
    path = zip_of(tmp_path / "t.zip", {"pos/1.txt": "好".encode("gb18030"), "neg/2.txt": "坏".encode("gb18030")})
    seen = CASE.preview([UploadedFile(path, "t.zip")], tmp_path / "seen", {}, QUIET)[-1]
    assert seen.error["found"] == ASKED and sorted(seen.samples["gb18030"]) == sorted("好坏")
    (tmp_path / "data").rename(tmp_path / "read")
    assert len(read_texts(UploadedFile(path, "t.zip"), encoding="gb18030").samples) == 2


def test_encodings_of_seven_bits_say_what_they_are_and_bytes_that_are_utf_8_by_chance_are_asked_about():
    for encoding, text in (("iso2022_jp", "この商品はとても"), ("iso2022_kr", "음식이 정말 맛있고")):
        assert decode(f"text,label\n{text},1\n".encode(encoding), "t.csv")[0] == f"text,label\n{text},1\n"
    with pytest.raises(InputError):
        decode("什么".encode("gb18030"), "t.txt")  # in UTF-8 it is ʲô
    assert decode("café, naïve, ʻokina, Übung".encode(), "t.txt") == ("café, naïve, ʻokina, Übung", "UTF-8")


LONG = [("gb18030", "这家店的菜很好吃服务也不错环境一般"), ("big5", "這家店的菜很好吃服務也不錯環境一般"),
        ("shift_jis", "とても美味しいですまた行きたい"), ("euc_kr", "음식이정말맛있고직원들도친절해요")]  # fmt: skip


@pytest.mark.parametrize("before", ["", "a", "a,1\n"])
@pytest.mark.parametrize(("encoding", "signs"), LONG)
def test_a_long_line_without_spaces_comes_out_right_or_is_asked_about(encoding, signs, before):
    chance = random.Random(0)
    text = before + "".join(chance.choices(signs, k=20_000))
    try:
        assert decode(text.encode(encoding), "t.txt")[0] == text
    except InputError as error:
        assert "could not be detected" in str(error) and before == "a"
