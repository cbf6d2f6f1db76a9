import pytest

from widthwise.harness.measuring.costs import read_costs, updated, write_costs


def test_costs_read_back_as_they_were_written(tmp_path):
    costs = {
        "freeze[erf] control": {64.0: (0.5, 0.25), 0.0306389: (0.0,)},
        'a "b"\n': {1.0: (2.0,)},
    }
    write_costs(tmp_path / "costs.json", costs)
    assert read_costs(tmp_path / "costs.json") == costs


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", '{"a": 1}', '{"a": {"x": [1]}}', '{"a": {"64": [-1]}}',
             '{"a": {"64": [null]}}', '{"a": {"64": [Infinity]}}', "[" * 10_000]
)  # fmt: skip
def test_a_damaged_file_is_as_good_as_none(tmp_path, text):
    (tmp_path / "costs.json").write_text(text)
    assert read_costs(tmp_path / "costs.json") == {}


def test_a_missing_file_is_no_costs(tmp_path):
    assert read_costs(tmp_path / "costs.json") == {}


def test_what_was_measured_last_replaces_what_was_known():
    costs = {"freeze": {64.0: (1.0, 2.0)}, "move": {64.0: (5.0,)}}
    spent = {("freeze", 64, 1): 3.0, ("freeze", 128, 0): 4.0, ("new", 0.1 + 0.2, 1): 7.0}
    assert updated(costs, spent) == {
        "freeze": {64.0: (1.0, 3.0), 128.0: (4.0,)},
        "move": {64.0: (5.0,)},
        "new": {0.3: (7.0, 7.0)},
    }
    assert costs["freeze"] == {64.0: (1.0, 2.0)}
