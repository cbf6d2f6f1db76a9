"""An engine and what its workers answer; here the workers are planted."""

from concurrent.futures import CancelledError, Future

import numpy as np
import pytest

from widthwise.harness.engines.agenda import Work
from widthwise.harness.engines.engine import Devices, Engine
from widthwise.harness.engines.executors import EngineError, Workers
from widthwise.harness.engines.fan_out import Looks
from widthwise.harness.engines.worker import Busy, Refusal
from widthwise.harness.measuring.measuring import BATCH, Bench, Setting
from widthwise.harness.measuring.store import Batch, Store
from widthwise.harness.predictions.power_law import PowerLaw

ENGINE = Engine("loky", 2, None, Devices())
THERE = Batch(np.ones(BATCH), "float64", 0.1)


class Unwatched:
    """Nobody looks."""

    def waiting(self, more, workers, running=()):
        pass

    def finished(self, setting, rung, batch, seconds):
        pass


@pytest.fixture
def bench(tmp_path):
    return Bench(Store.at(tmp_path / "store"), "cpu", 0, Unwatched())


def batch(label, width=64.0, index=0, **arguments):
    setting = Setting(label, label, abs, arguments, "width", PowerLaw(0))
    return Work(setting, width, index)


def planted(answers, present=1):
    """Two workers that answer at once: by claim, one answer after the other, then a batch."""
    asked = []

    def submit(function, order, place, rung, index, gpus):
        label = place.split("'")[1]
        asked.append((function.__name__, label, rung))
        future = Future()
        left = answers.get(label, [])
        answer = left.pop(0) if left else THERE
        if answer is CancelledError:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_result(answer)
        return future

    return asked, Workers(2, submit, (), "the cluster", lambda: present)


def nothing(piece):
    return ()


def test_a_batch_that_others_are_at_is_asked_for_again_and_then_waited_for(bench):
    asked, hands = planted({"one": [Busy()]})
    pieces = [batch("one"), batch("two")]
    ENGINE.measure(bench, pieces, hands, nothing)
    assert asked[:2] == [("measure_unless_busy", "one", 64), ("measure_unless_busy", "two", 64)]
    assert asked[2][1] == "one"
    assert all(bench.has(piece.setting, 64.0, 0) for piece in pieces)


def test_a_batch_that_another_run_is_at_to_the_end_is_waited_for(bench):
    asked, hands = planted({"one": [Busy(), Busy(), Busy()]})
    ENGINE.measure(bench, [batch("one")], hands, nothing)
    assert [how for how, *_ in asked][:2] == ["measure_unless_busy", "measure"]


def test_what_workers_refuse_is_not_sent_again(bench):
    asked, hands = planted({"one": [Refusal("other code")]})
    pieces = [batch("one", width) for width in (64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0)]
    assert ENGINE.measure(bench, pieces, hands, nothing) == {"one": "other code"}
    assert len(asked) <= 4  # two with each worker


def test_a_cluster_that_drops_what_it_was_given_ends_the_run(bench):
    _, hands = planted({"two": [CancelledError]})
    pieces = [batch("one", 128.0), batch("two")]
    with pytest.raises(EngineError, match="the cluster went away; 2 were there"):
        ENGINE.measure(bench, pieces, hands, nothing)


def test_a_setting_takes_its_next_look_while_others_are_at_their_last(bench):
    quick, slow = batch("quick"), batch("slow", 16.0)
    more, last = batch("quick", 64.0, 1), batch("quick", 64.0, 2)
    looks = Looks({"quick": iter([[quick], [more], [last]]), "slow": iter([[slow]])})
    assert looks.first() == [quick, slow]
    assert looks.after(quick) == [more]
    assert looks.after(slow) == []
    assert looks.after(more) == [last]
    assert looks.after(last) == []


def test_a_look_is_over_when_all_its_batches_are_there():
    narrow, wide, next_one = batch("a", 64.0), batch("a", 128.0), batch("a", 64.0, 1)
    looks = Looks({"a": iter([[narrow, wide], [next_one]])})
    looks.first()
    assert looks.after(batch("another")) == []
    assert looks.after(wide) == []
    assert looks.after(wide) == []
    assert looks.after(narrow) == [next_one]


def test_what_a_batch_makes_necessary_is_measured_too(bench):
    asked, hands = planted({})
    follow = {64.0: [batch("one", 128.0)], 128.0: [batch("one", 256.0)]}
    ENGINE.measure(bench, [batch("one")], hands, lambda piece: follow.get(piece.rung, ()))
    assert [rung for *_, rung in asked] == [64, 128, 256]
