"""Where trainings are placed among the cards of a host: described cards, as no test machine has several."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from test_ranks import host_with, queued

from models import memory
from runs import machine
from runs.store import queue, records, tables
from runs.store.database import engine
from runs.worker import placement
from runs.worker.placement import Card, Demand, Placed, place

H100, SMALL = Card(80_000, most=3), Card(16_000)
WHOLE = Demand()


def needing(memory):
    return Demand(memory=memory)


def beside(*slots_and_memories):
    return [Placed(slot, needing(memory)) for slot, memory in slots_and_memories]


def test_a_small_run_goes_to_the_card_with_most_room():
    assert place(needing(8_000), beside((0, 30_000), (1, 20_000)), [H100, H100]) == 1
    assert place(needing(8_000), beside((1, 20_000)), [H100, H100]) == 0


def test_runs_share_a_card_as_long_as_they_all_fit_beside_the_reserve():
    one, two = beside((0, 40_000)), beside((0, 40_000), (0, 25_000))
    assert place(needing(32_000), one, [H100]) == 0  # of 80,000 a tenth is kept back
    assert place(needing(32_001), one, [H100]) is None
    assert place(needing(7_000), two, [H100]) == 0
    assert place(needing(7_001), two, [H100]) is None


def test_a_run_of_unknown_need_has_a_card_alone():
    assert place(WHOLE, beside((0, 10)), [H100, H100]) == 1
    assert place(WHOLE, beside((0, 10), (1, 10)), [H100, H100]) is None
    assert place(needing(10), [Placed(0, WHOLE)], [H100]) is None


def test_alone_a_run_takes_a_card_however_much_it_is_said_to_need_and_keeps_others_away():
    assert place(needing(200_000), [], [H100]) == 0
    assert place(needing(200_000), [], [SMALL, Card(24_000, used=23_000, most=3)]) == 0
    assert place(needing(10), beside((0, 200_000)), [H100]) is None


def test_several_processes_take_whole_cards_side_by_side_and_leave_wide_gaps_to_wider_runs():
    four = [H100] * 4
    assert place(Demand(cards=2), beside((0, 10), (3, 10)), four) == 1
    assert place(Demand(cards=2), beside((1, 10), (3, 10)), four) is None
    assert place(WHOLE, beside((1, 10)), four) == 0  # not the first of the two that are side by side
    assert place(Demand(cards=9), [], four) == 0
    assert place(Demand(cards=9), beside((0, 10)), four) is None
    assert placement.open_slots([Placed(1, Demand(cards=3))], four) == [0]


@pytest.mark.parametrize(
    ("memory", "told", "most"), [(16_384, "", 1), (24_564, "", 3), (81_559, "", 3), (16_384, "2", 2), (81_559, "1", 1)]
)
def test_how_many_share_a_card_is_by_its_size_unless_somebody_has_said_it(monkeypatch, memory, told, most):
    monkeypatch.setenv(placement.MOST, told)
    [card] = placement.cards([{"name": "made up", "memory": memory, "used": 300, "busy": 0}])
    assert card == Card(memory, 300, most)


def test_what_a_run_needs_is_learnt_from_its_first_epoch_and_never_becomes_less():
    assert placement.corrected(None, None, validated=True) is None  # on the processor
    assert placement.corrected(None, 5_000, validated=False) is None
    assert placement.corrected(None, 5_000, validated=True) == 5_000
    assert placement.corrected(8_000, 5_000, validated=True) == 8_000
    assert placement.corrected(8_000, 9_000, validated=False) == 9_000
    assert memory.taken_of_card() is None or machine.gpus()


def change(run, **values):
    with engine().begin() as db:
        db.execute(update(tables.runs).where(tables.runs.c.id == run).values(**values))


def small(name, **values):
    return records.create_run("local", "fine_tune", "image_recognition", name, **values)


@pytest.fixture
def cards(home, monkeypatch):
    """Large ones, see `host_with`."""
    return host_with(home, monkeypatch, (("made up", 80_000),) * 2)


def test_an_agent_puts_several_small_runs_on_one_card(cards):
    mine, launcher = cards
    runs = [small(str(number), gpu_memory=10_000 + number) for number in range(8)]
    mine.step()
    assert launcher.started == [(run, number % 2) for number, run in enumerate(runs[:6])]
    queue.end(runs[1], "done")
    mine.step()
    assert launcher.started[6:] == [(runs[6], 1)]


def test_a_large_run_waits_for_a_card_of_its_own_and_no_small_one_goes_before_it(cards):
    mine, launcher = cards
    first = [small("a", gpu_memory=10_000), small("b", gpu_memory=10_000)]
    [large] = queued(1)
    last = small("c", gpu_memory=10_000)
    mine.step()
    assert launcher.started == [(first[0], 0), (first[1], 1)]
    queue.end(first[1], "done")
    mine.step()
    assert launcher.started[2:] == [(large, 1), (last, 0)]


def test_a_run_whose_process_has_died_gets_a_whole_card(cards):
    mine, launcher = cards
    one, other = small("a", gpu_memory=10_000), small("b", gpu_memory=20_000)
    mine.step()
    change(other, gpu_memory=5_000)
    queue.died(records.run(one, "local"))
    mine.step()
    assert launcher.started == [(one, 0), (other, 1), (one, 0)]
    beside = [small(name, gpu_memory=10) for name in "cd"]
    mine.step()
    assert launcher.started[3:] == [(run, 1) for run in beside]
