import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness.predictions.identity import ROUNDING_ENDS, Identity
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128), "infinity", 64)
EPS = np.finfo(float).eps


def judge(values, tolerance=1.0):
    return Identity(tolerance).judge(Samples(WIDTHS, np.asarray(values, dtype=float)), 1e-6)


@pytest.mark.parametrize(
    ("worst", "verdict"),
    [
        (0.0, Verdict.SUPPORTED),
        (1.0, Verdict.SUPPORTED),
        (1.01, Verdict.INCONCLUSIVE),
        (1e7, Verdict.INCONCLUSIVE),
        (1e8, Verdict.REFUTED),
    ],
)
def test_one_error_decides(worst, verdict):
    judgement = judge([[0, 0.5, worst], [0.1, 0, 0]])
    assert judgement.verdict is verdict
    assert judgement.estimate == max(worst, 0.5)


def test_the_worst_error_is_located():
    assert "width 128, seed 1" in judge([[0, 0], [0, 5]]).reason


def test_a_product_in_two_orders_is_an_identity_and_a_wrong_formula_is_not():
    rng = np.random.default_rng(0)
    errors = np.empty((2, 2, 8))
    for i, n in enumerate((64, 128)):
        for s in range(8):
            a, b, c = rng.standard_normal((3, n, n))
            bound = n * 4 * EPS * np.linalg.norm(a) * np.linalg.norm(b) * np.linalg.norm(c)
            errors[0, i, s] = np.linalg.norm((a @ b) @ c - a @ (b @ c)) / bound
            errors[1, i, s] = np.linalg.norm((a @ b) @ c - a @ (c @ b)) / bound
    assert judge(errors[0]).verdict is Verdict.SUPPORTED
    assert judge(errors[1]).verdict is Verdict.REFUTED


@given(st.floats(0, 1e12), st.floats(1e-3, 1e6))
def test_tipping_tolerances_are_where_the_verdict_tips(worst, tolerance):
    judgement = judge([[worst, 0], [0, 0]], tolerance)
    supported = judgement.tipping_support is not None and tolerance >= judgement.tipping_support
    refuted = judgement.tipping_refute is not None and tolerance <= judgement.tipping_refute
    assert (judgement.verdict is Verdict.SUPPORTED) == supported
    assert (judgement.verdict is Verdict.REFUTED) == refuted


def test_negative_errors_are_named():
    assert "got −2 for seed 1" in str(Identity().check(64, np.array([0.0, -2.0])))
    assert Identity().check(64, np.array([0.0, 2.0])) is None
    with pytest.raises(ValueError, match="errors at 128 must not be negative"):
        judge([[0, 0], [0, -1]])


@pytest.mark.parametrize("tolerance", [0, -1, float("nan"), 2 * ROUNDING_ENDS])
def test_bad_tolerances_are_named(tolerance):
    with pytest.raises(ValueError, match="Identity: tolerance counts rounding bounds"):
        Identity(tolerance)


def test_any_number_of_seeds_settles_it():
    assert Identity().foresee(WIDTHS, 2, None, 1e-6) is None
    assert Identity(2).describe() == "error at most 2 × rounding"
    assert [p.estimate for p in Identity().summarise(Samples(WIDTHS, np.eye(2)))] == [1, 1]
