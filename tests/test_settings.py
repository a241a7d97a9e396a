"""Settings are checked once, whole sentences tell what is wrong, and JSON brings them back."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, dataclass, fields

import pytest

import cases
from cases import settings
from cases.conditions import ActiveWhen
from cases.settings import as_json, choice, idle, knobs, number
from cases.stored_settings import from_json, from_text, restored, usable
from models.errors import InputError


@dataclass(frozen=True)
class Oven:
    heat: int = number("Heat", "In degrees.", default=180, low=20, high=300)
    minutes: float | None = number("Minutes", "Empty: by smell.", default=None, low=0.5, high=600)
    fan: str = choice("Fan", "Whether it turns.", default="on", options={"on": "On", "off": "Off"}, group="air")
    speed: int = number(
        "Speed", "Turns.", default=9, low=1, high=99, group="air", matters=ActiveWhen("fan", "The fan is off.", ("on",))
    )
    bread: str = choice("Bread", "Any.", default="rye", options={"rye": "Rye"}, free=True)
    steam: int = number("Steam", "Litres.", default=0, low=0, high=9)
    salt: float = number("Salt", "Grams.", default=0.0, low=0, high=9, matters=ActiveWhen("steam", "Salt needs steam."))
    order: tuple[int, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "order", tuple(self.order))
        settings.check(self)


def refusal(make, *given, **values):
    with pytest.raises(InputError) as refused:
        make(*given, **values)
    return str(refused.value)


def test_settings_are_frozen_come_back_from_json_and_in_the_order_of_the_form():
    chosen = Oven(heat=200, minutes=12.5, fan="off", bread="spelt", order=(3, 1))
    assert as_json(chosen)["order"] == [3, 1]
    assert Oven(**json.loads(json.dumps(as_json(chosen)))) == chosen
    with pytest.raises(FrozenInstanceError):
        chosen.heat = 1
    assert [(name, knob.group) for name, (_, knob) in knobs(Oven).items()] == [
        ("heat", "training"), ("minutes", "training"), ("fan", "air"), ("speed", "air"), ("bread", "training"),
        ("steam", "training"), ("salt", "training"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "must"), [
    *(("heat", heat, "lie between 20 and 300") for heat in (19, 301, float("nan"), None, "180")),
    ("heat", 20.5, "be a whole number"), ("fan", "half", "be one of: on, off"),
])  # fmt: skip
def test_what_a_setting_cannot_be_is_refused(name, value, must):
    assert refusal(Oven, **{name: value}) == (
        f"The setting “{name}” was given as “{value}”. “{name}” must {must}. Correct it and start again."
    )


def test_a_setting_without_effect_is_told_and_texts_become_numbers_of_the_right_kind():
    values = as_json(Oven())
    assert idle(Oven, values) == {"salt": "Salt needs steam."}
    assert idle(Oven, {**values, "fan": "off", "steam": 2}) == {"speed": "The fan is off."}
    chosen = from_text(Oven, {"heat": "220", "minutes": "1e1", "fan": "off"})
    assert chosen == Oven(heat=220, minutes=10.0, fan="off")
    assert (type(chosen.heat), type(chosen.minutes)) == (int, float)
    assert from_text(Oven, {"minutes": ""}) == Oven()


@pytest.mark.parametrize(("name", "text", "told"), [
    ("heat", "warm", "“heat” must be a whole number."), ("heat", "20.5", "“heat” must be a whole number."),
    ("heat", "", "“heat” must be a whole number."), ("minutes", "1 h", "“minutes” must be a number."),
    ("butter", "1", "Available settings: heat, minutes, fan, speed, bread, steam, salt."),
])  # fmt: skip
def test_a_text_that_is_no_number_or_a_setting_nobody_knows_is_refused(name, text, told):
    assert refusal(from_text, Oven, {name: text}) == (
        f"The setting “{name}” was given as “{text}”. {told} Correct it and start again."
    )


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("value", [{}, [], [None], 10**400, "9" * 400, None, True, float("nan"), ["a"], "\0"])
def test_whatever_was_stored_as_a_setting_is_refused_in_words_or_restored(name, value):
    kind = cases.get(name).Settings
    for field in fields(kind):
        try:
            kind(**{field.name: value})
        except InputError as error:
            assert str(error)
        assert kind(**restored(kind, {field.name: value}))


# What settings were called in runs, bundles and command lines of earlier versions, and what they are called now.
FORMER = [
    ("recommendation", "least", "min_rating", "3.5"),
    ("recommendation", "longest", "max_history", 8),
    ("recommendation", "directions", "text_pca_dims", 4),
    ("recommendation", "alone", "text_only_dropout", 0.5),
    ("recommendation", "known", "id_embedding_min_users", 9),
    ("image_recognition", "focus", "focal_gamma", 1.5),
    ("text_analysis", "refit", "final_fit", "cross_validated"),
    ("speech", "together", "group_by", "speaker"),
]
by_former_name = pytest.mark.parametrize(("case", "former", "name", "value"), FORMER, ids=[one[1] for one in FORMER])


@by_former_name
def test_a_setting_is_understood_under_its_former_name(case, former, name, value):
    kind = cases.get(case).Settings
    chosen = kind(**{name: value})
    assert chosen != kind()
    assert from_text(kind, {former: str(value)}) == chosen
    assert from_json(kind, {former: value}) == chosen
    assert usable(kind, {former: value}) == {name: value}
    assert restored(kind, {former: value}) == as_json(chosen)
    assert restored(kind, {**as_json(kind()), former: value}) == as_json(kind())  # the present name goes first


@by_former_name
def test_a_setting_is_given_under_one_of_its_names_only(case, former, name, value):
    kind = cases.get(case).Settings
    for told in (refusal(from_text, kind, {former: str(value), name: str(value)}),
                 refusal(from_json, kind, {name: value, former: value})):  # fmt: skip
        assert told.startswith(
            f"The setting “{former}” was given as “{value}”. Its new name “{name}” was given as well."
        )
