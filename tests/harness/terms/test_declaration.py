"""A claim that could not be judged is refused where it is declared, by name."""

import functools
import subprocess
import sys
import unittest

import numpy as np
import pytest

from widthwise.harness import (
    Claim,
    ClaimError,
    Control,
    PowerLaw,
    Provenance,
    Source,
    Verdict,
    WidthList,
    Widths,
    claim,
)
from widthwise.harness.terms.declaration import claim_of
from widthwise.harness.terms.ladder import EFFORTS

GOOD = {
    "provenance": "made",
    "source": Source("a thread", "its end"),
    "prediction": PowerLaw(-1 / 2),
    "control": Control("elsewhere", gain=2.0),
    "over": Widths(64, 4096),
}


def fresh():
    """The measurement as if just defined."""

    def test_units_freeze(width, seeds, data, gain=1.0):
        """Units freeze."""
        return np.full(len(seeds), gain * width**-0.5)

    return test_units_freeze


def test_the_function_stays_what_it_was():
    measure = fresh()
    assert claim(**GOOD)(measure) is measure
    assert measure(4, (1, 2), None).tolist() == [0.5, 0.5]


def test_the_claim_is_found_on_its_function():
    measure = claim(**GOOD, references=["a paper"], noise=0.2)(fresh())
    declared = claim_of(measure)
    assert isinstance(declared, Claim)
    assert declared.name == "units_freeze"
    assert declared.measure is measure
    assert declared.references == ("a paper",)
    assert declared.provenance is Provenance.MADE
    assert declared.expect is Verdict.SUPPORTED
    assert declared.rung_name == "width"
    assert claim_of(fresh()) is None
    assert claim_of(3) is None


@pytest.mark.parametrize(
    ("expect", "control_expect", "found"),
    [
        (Verdict.SUPPORTED, None, Verdict.REFUTED),
        (Verdict.REFUTED, None, Verdict.SUPPORTED),
        (Verdict.SUPPORTED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
    ],
)
def test_a_control_must_come_out_opposite_unless_said_otherwise(expect, control_expect, found):
    control = Control("elsewhere", gain=2.0, expect=control_expect)
    measure = claim(**GOOD | {"control": control}, expect=expect)(fresh())
    assert claim_of(measure).control_expect is found


def test_no_control_at_all():
    with pytest.raises(ClaimError, match=r"'units_freeze': control is missing; .*control=Control"):
        claim(**{key: value for key, value in GOOD.items() if key != "control"})(fresh())


@pytest.mark.parametrize("word", ["said", "", None, "MADE"])
def test_a_provenance_that_says_nothing(word):
    words = r"'made', 'implied', 'background', 'instrument'"
    with pytest.raises(
        ClaimError, match=rf"'units_freeze': provenance must be one of {words}, got"
    ):
        claim(**GOOD | {"provenance": word})(fresh())


@pytest.mark.parametrize("word", ["implied", "background", "instrument"])
def test_nothing_is_refuted_that_nobody_said(word):
    with pytest.raises(ClaimError, match=rf"expect is refuted and provenance is '{word}': only a"):
        claim(**GOOD | {"provenance": word}, expect=Verdict.REFUTED)(fresh())


def test_a_control_without_any_change():
    with pytest.raises(ClaimError, match=r"Control\('elsewhere'\) changes nothing: name an arg"):
        Control("elsewhere")


SAME = [1.0, 2.0]


@pytest.mark.parametrize("value", [1.0, "a", SAME, len], ids=repr)
def test_a_control_that_sets_the_default(value):
    def test_units_freeze(width, seeds, gain=value, other=1):
        """Units freeze."""

    measure = test_units_freeze
    with pytest.raises(
        ClaimError, match=r"'units_freeze': the control sets gain to .*changes nothing"
    ):
        claim(**GOOD | {"control": Control("elsewhere", gain=value)})(measure)
    claim(**GOOD | {"control": Control("elsewhere", gain=value, other=2)})(measure)
    claim(**GOOD | {"control": Control("elsewhere", gain=np.ones(2))})(measure)


BAD = {
    "control of another type": (
        {"control": "none"},
        "control must be a Control, got 'none': a check that cannot fail",
    ),
    "control None": ({"control": None}, "control is missing"),
    "control of an unknown argument": (
        {"control": Control("elsewhere", gian=2.0)},
        "replaces 'gian', .*those are data, gain",
    ),
    "control of the width": (
        {"control": Control("elsewhere", width=3)},
        "replaces 'width', .*those are data, gain",
    ),
    "control of the seeds": (
        {"control": Control("elsewhere", seeds=3)},
        "replaces 'seeds', .*those are data, gain",
    ),
    "control's measurement takes more": (
        {"control": Control("elsewhere", measure=lambda width, seeds, other: None)},
        "takes 'other', which the claim's does not supply",
    ),
    "drawing of the width": (
        {"draws": lambda width: None},
        "draws= takes 'width', which is not an argument that a drawing can have",
    ),
    "drawing of what there is not": ({"draws": lambda other: None}, "draws= takes 'other'"),
    "source": ({"source": "a thread"}, "source must be a Source, got 'a thread'"),
    "prediction": ({"prediction": -0.5}, r"such as PowerLaw\(-1/2\), got -0.5"),
    "ladder": ({"over": (64, 128)}, r"such as Widths\(64, 4096\), got \(64, 128\)"),
    "expect inconclusive": (
        {"expect": Verdict.INCONCLUSIVE},
        "expect must be 'supported' or 'refuted', got <Verdict.INCONCLUSIVE",
    ),
    "expect another word": ({"expect": "wrong"}, "'supported' or 'refuted', got 'wrong'"),
    "noise negative": ({"noise": -0.1}, "noise must be .* at least 0, got -0.1"),
    "noise infinite": ({"noise": float("inf")}, "noise must be a finite number .*got inf"),
    "noise unknown": ({"noise": float("nan")}, "noise must be a finite number .*got nan"),
    "noise a string": ({"noise": "0.1"}, "noise must be a finite number .*got '0.1'"),
    "too few widths": ({"over": WidthList((64, 128))}, "2"),
    "too few widths at quick": (
        {"over": Widths(64, 128)},
        r"got \[64, 128\] at --effort quick, of Widths\(smallest=64, largest=128, factor=2\)",
    ),
}


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_declaration_names_the_claim_and_the_value(change, said):
    with pytest.raises(ClaimError, match=f"(?s)claim 'units_freeze': .*{said}"):
        claim(**GOOD | change)(fresh())


def test_a_measurement_needs_a_docstring():
    measure = fresh()
    measure.__doc__ = None
    with pytest.raises(ClaimError, match="'units_freeze': the measurement needs a docstring"):
        claim(**GOOD)(measure)


def test_stripped_docstrings_are_told_from_missing_ones():
    """Under -OO no function has one."""
    code = """if True:
        from widthwise.harness import Control, PowerLaw, Source, Widths, claim
        def test_units_freeze(width, seeds, gain=1.0):
            "Units freeze."
        claim(provenance="made", source=Source("a thread", "its end"), over=Widths(64, 4096),
              prediction=PowerLaw(-1 / 2), control=Control("elsewhere", gain=2.0))(
            test_units_freeze
        )
    """
    ended = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True)
    assert "needs a docstring: it states the claim on the page; python -OO" in ended.stderr
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("word", ["supported", "refuted"])
def test_the_word_of_a_verdict_is_the_verdict(word):
    declared = claim_of(claim(**GOOD, expect=word)(fresh()))
    assert declared.expect is Verdict(word)
    control = Control("elsewhere", gain=2.0, expect=word)
    assert control.expect is Verdict(word)
    with pytest.raises(ClaimError, match=r"Control\('elsewhere'\): expect must be .*got 'wrong'"):
        Control("elsewhere", gain=2.0, expect="wrong")


def test_a_claim_without_parentheses():
    with pytest.raises(
        ClaimError, match=r"'units_freeze': .*in parentheses, .*@claim\(provenance="
    ):
        claim(fresh())


def test_a_name_that_pytest_does_not_collect():
    measure = fresh()
    measure.__name__ = "units_freeze"
    with pytest.raises(ClaimError, match=r"not 'units_freeze'; write def test_units_freeze\("):
        claim(**GOOD)(measure)
    with pytest.raises(ClaimError, match=r"not '<lambda>'; write def test_what_is_claimed\("):
        claim(**GOOD)(lambda width, seeds, gain=1.0: None)


class Methods:
    """Where claims must not be."""

    def test_units_freeze(self, width, seeds, gain=1.0):
        """Units freeze."""

    @staticmethod
    def test_units_move(width, seeds, gain=1.0):
        """Units move."""


class Cases(unittest.TestCase):
    """Nor here, whatever runs its methods."""

    def test_units_stop(self, width=64, seeds=(), gain=1.0):
        """Units stop."""


@pytest.mark.parametrize(
    "method", [Methods.test_units_freeze, Methods.test_units_move, Cases.test_units_stop]
)
def test_a_claim_in_a_class(method):
    name, owner = method.__name__, method.__qualname__.partition(".")[0]
    said = rf"'{name[5:]}': .*a method of {owner}; take it out .* write def {name}\(width"
    with pytest.raises(ClaimError, match=said):
        claim(**GOOD)(method)


def test_a_claim_in_a_class_that_a_function_makes():
    class Inside:
        def test_units_freeze(self, width, seeds, gain=1.0):
            """Units freeze."""

    with pytest.raises(ClaimError, match="a method of Inside"):
        claim(**GOOD)(Inside.test_units_freeze)


def test_a_claim_that_returns_something_to_await_or_to_iterate():
    async def test_units_freeze(width, seeds, gain=1.0):
        """Units freeze."""

    async def test_units_move(width, seeds, gain=1.0):
        """Units move."""
        yield 1

    def test_units_stop(width, seeds, gain=1.0):
        """Units stop."""
        yield 1

    for measure in (test_units_freeze, test_units_move):
        with pytest.raises(ClaimError, match=r"'units_\w+': .* write def, not async def"):
            claim(**GOOD)(measure)
    with pytest.raises(ClaimError, match=r"'units_stop': .* write return, not yield"):
        claim(**GOOD)(test_units_stop)


def test_four_declared_widths_are_four_at_every_effort():
    declared = claim_of(claim(**GOOD | {"over": Widths(64, 512)})(fresh()))
    assert [len(declared.over.at(effort).rungs) for effort in EFFORTS.values()] == [4, 4, 6]


def test_a_measurement_needs_a_width():
    def test_no_width(seeds, gain=1.0):
        """Units freeze."""

    with pytest.raises(ClaimError, match=r"'no_width': .*take 'width'; it takes seeds, gain"):
        claim(**GOOD)(test_no_width)


def test_a_measurement_needs_seeds():
    def test_no_seeds(width, gain=1.0):
        """Units freeze."""

    with pytest.raises(ClaimError, match=r"'no_seeds': .*take 'seeds'; it takes width, gain"):
        claim(**GOOD)(test_no_seeds)


def test_a_control_may_measure_otherwise():
    def elsewhere(width, seeds, data):
        return np.ones(len(seeds))

    def partly(width, seeds, more=1):
        return np.ones(len(seeds))

    for other in (elsewhere, partly, functools.partial(elsewhere, data=3)):
        control = Control("elsewhere", measure=other)
        assert claim_of(claim(**GOOD | {"control": control})(fresh())).control is control
