"""Ids that every way to select items takes, and what a selection means for the rest."""

import pytest

SLOPE = (
    ("Widths(64, 4096)", 'Vanishing("delta", 0.3, 0.001, rungs=4)'),
    ("import Control, PowerLaw, Source, Verdict, Widths, claim",
     "import Control, PowerLaw, Source, Vanishing, Verdict, claim"),
    ("def test_units_freeze(width, seeds", "def test_units_freeze(delta, seeds"),
    ("PowerLaw(-1 / 2)", "PowerLaw(1 / 2)"),
    ("exponent=-0.5)", "exponent=0.5)"),
    ("count(width, seeds)\n    return width**exponent", "return delta**exponent"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("selection", "parts"),
    [
        (("-k", "width64"), ["width64"]),
        (("-k", "width1024 or control"), ["width1024", "control"]),
        (("test_lab.py::test_units_freeze[width128]",), ["width128"]),
        (("--deselect", "test_lab.py::test_units_freeze[width"), ["control", "verdict"]),
    ],
)
def test_a_width_is_selected_by_its_id(lab, selection, parts):
    result = lab.write().run("--collect-only", "-q", *selection)
    assert lab.items(result) == [f"test_lab.py::test_units_freeze[{part}]" for part in parts]


def test_a_rung_of_a_small_parameter_is_selected_by_its_id(lab):
    items = lab.items(lab.write(*SLOPE).run("--collect-only", "-q"))
    assert items[0] == "test_lab.py::test_units_freeze[delta0.3]"
    for item in items:
        part = item.partition("[")[2].removesuffix("]")
        for selection in (("-k", part), (item,)):
            assert lab.items(lab.run("--collect-only", "-q", *selection)) == [item]


def test_a_parameter_with_a_greek_name_is_collected_and_judged(lab):
    greek = [(old, new.replace("delta", "ε")) for old, new in SLOPE]
    lab.write(*greek).conftest(lab.EVIDENCE_FILE)
    items = lab.items(lab.run("--collect-only", "-q"))
    assert items[0] == "test_lab.py::test_units_freeze[rung0.3]"
    assert lab.run("-k", "verdict").ret == 0
    assert lab.lines("records") == ["controller units_freeze supported"]


def test_a_claim_over_depths_is_collected_and_judged(lab):
    over = 'Over("depth", (64, 128, 256, 512, 1024), quick=4)'
    lab.write(
        ("Widths(64, 4096)", over),
        (", PowerLaw, Source, Verdict, Widths, ", ", Over, PowerLaw, Source, Verdict, "),
        ("def test_units_freeze(width, seeds", "def test_units_freeze(depth, seeds"),
        ("count(width, seeds)\n    return width**exponent", "return depth**exponent"),
    ).conftest(lab.EVIDENCE_FILE)
    parts = ("depth64", "depth128", "depth256", "depth512", "control", "verdict")
    result = lab.run("-v")
    assert list(lab.outcomes(result)) == [f"test_lab.py::test_units_freeze[{p}]" for p in parts]
    assert result.ret == 0
    assert lab.lines("records") == ["controller units_freeze supported"]


HEARD = """
def pytest_widthwise_unsettled(config, reasons):
    with (config.rootpath / "heard").open("a") as file:
        print(list(reasons), file=file)
"""


@pytest.mark.parametrize(
    "selection", [("-k", "units_move"), ("--deselect", "test_lab.py::test_units_freeze")]
)
def test_only_selected_claims_are_named_as_unsettled(lab, selection):
    result = lab.write(*lab.SHORT, more=lab.SECOND).conftest(HEARD).run(*selection)
    result.assert_outcomes(passed=len(lab.PARTS), deselected=6)
    assert lab.lines("heard") == []
    assert "not settled" not in result.stdout.str()


LATE = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    result = yield
    items[:] = [item for item in items if "units_move" in item.name]
    return result
"""


def test_a_plugin_that_selects_last_is_heeded_too(lab):
    lab.write(*lab.SHORT, more=lab.SECOND).conftest(HEARD + LATE)
    result = lab.run()
    result.assert_outcomes(passed=len(lab.PARTS))
    assert lab.lines("heard") == []
