"""What is handed out when: no worker waits while there is something else to measure."""

from widthwise.harness.engines.agenda import Agenda, Work
from widthwise.harness.measuring.measuring import Setting
from widthwise.harness.predictions.power_law import PowerLaw


def batch(label, width=64, index=0):
    return Work(Setting(label, label, abs, {}, "width", PowerLaw(0)), width, index)


def agenda_of(*pieces, at_once=2):
    agenda = Agenda(at_once)
    agenda.add(pieces)
    return agenda


def handed_out(agenda):
    return [(handout.piece.setting.label, handout.manner) for handout in agenda.handouts()]


def test_the_longest_go_first_and_equally_long_ones_as_they_came():
    narrow, one, two, wide = (batch("a"), batch("b", 256), batch("c", 256), batch("d", 1024))
    agenda = agenda_of(narrow, one, two, wide, at_once=4)
    assert [label for label, _ in handed_out(agenda)] == ["d", "b", "c", "a"]


def test_no_more_are_with_the_workers_than_may_be():
    one, two, three = (batch(label) for label in "abc")
    agenda = agenda_of(one, two, three)
    assert len(handed_out(agenda)) == 2
    assert not handed_out(agenda)
    agenda.answered(one)
    assert handed_out(agenda) == [("c", "unless busy")]


def test_what_is_made_necessary_meanwhile_goes_before_what_is_shorter():
    one, two, three = (batch(label) for label in "abc")
    agenda = agenda_of(one, two, three, at_once=1)
    assert handed_out(agenda) == [("a", "unless busy")]
    agenda.add([batch("next look", 1024)])
    agenda.answered(one)
    assert handed_out(agenda) == [("next look", "unless busy")]


def test_a_busy_batch_leaves_its_place_to_others_until_whoever_is_at_it_has_answered():
    holder, busy, short, shorter, last = (
        batch(label, width)
        for label, width in [("holder", 1024), ("busy", 1024), ("c", 512), ("d", 256), ("e", 128)]
    )
    agenda = agenda_of(holder, busy, short, shorter, last)
    handed_out(agenda)
    agenda.busy(busy)
    assert handed_out(agenda) == [("c", "unless busy")]
    agenda.answered(short)  # not one of those that were under way
    assert handed_out(agenda) == [("d", "unless busy")]
    agenda.answered(holder)
    assert handed_out(agenda) == [("busy", "unless busy")]


def test_batches_that_are_busy_at_once_do_not_wake_each_other():
    one, two, other = batch("one", 1024), batch("two", 1024), batch("other")
    agenda = agenda_of(one, two, other, batch("more"))
    handed_out(agenda)
    agenda.busy(one)
    agenda.busy(two)
    assert handed_out(agenda) == [("other", "unless busy"), ("more", "unless busy")]
    agenda.answered(other)
    assert handed_out(agenda) == [("one", "unless busy")]


def test_a_worker_waits_once_nothing_else_is_left():
    holder, one, two = (batch(label) for label in ("holder", "one", "two"))
    agenda = agenda_of(holder, one, two, at_once=3)
    handed_out(agenda)
    agenda.busy(one)
    agenda.busy(two)
    assert handed_out(agenda) == [("one", "patiently"), ("two", "patiently")]
    for piece in (holder, one, two):
        agenda.answered(piece)
    assert not handed_out(agenda)


def test_a_batch_is_asked_for_no_more_often_than_others_answer():
    """Another run is measuring all that is asked for: no worker asks in a loop."""
    pieces = [batch(label) for label in "abcd"]
    agenda = agenda_of(*pieces)
    asked = 0
    while under_way := list(agenda.handouts()):
        for handout in under_way:
            asked += 1
            if handout.manner == "patiently":
                agenda.answered(handout.piece)
            else:
                agenda.busy(handout.piece)
    assert asked <= len(pieces) * (len(pieces) + 1)


def test_suspects_of_a_death_come_last_and_alone():
    one, two, three = (batch(label) for label in "abc")
    agenda = agenda_of(one, two, three)
    handed_out(agenda)
    agenda.suspect(one)
    agenda.suspect(two)
    assert handed_out(agenda) == [("c", "unless busy")]
    agenda.answered(three)
    assert handed_out(agenda) == [("a", "alone")]
    assert not handed_out(agenda)
    agenda.answered(one)
    assert handed_out(agenda) == [("b", "alone")]


def test_a_death_frees_what_its_worker_was_at():
    holder, busy, other = batch("holder", 512), batch("busy", 512), batch("other")
    agenda = agenda_of(holder, busy, other, batch("more"))
    handed_out(agenda)
    agenda.busy(busy)
    assert handed_out(agenda) == [("other", "unless busy")]
    agenda.suspect(holder)
    assert handed_out(agenda) == [("busy", "unless busy")]
