import numpy as np
import pytest
from scipy.optimize import minimize

from widthwise.harness.statistics.contrast import left_over, shortest_contrast, worst_bias
from widthwise.harness.statistics.scaling import ORDERS, power_law_on
from widthwise.harness.terms.ladder import Ladder

WIDTHS = 64 * 2.0 ** np.arange(7)
LADDER = Ladder("width", tuple(WIDTHS), "infinity", 64)


def test_every_candidate_returns_the_exponent_of_an_exact_law():
    weights = power_law_on(LADDER, 0.3).frontier.weights
    np.testing.assert_allclose(weights @ np.log(7 * WIDTHS**-0.8), -0.8, atol=1e-8)


def test_without_corrections_the_contrast_is_least_squares():
    weights = power_law_on(LADDER, 0.0).frontier.best(1.0).weights
    y = np.random.default_rng(0).standard_normal(7)
    assert weights @ y == pytest.approx(np.polyfit(np.log(WIDTHS), y, 1)[0])


@pytest.mark.parametrize("reach", [0.06, 0.2, 0.6])
def test_frontier_is_within_three_percent_of_the_true_optimum(reach):
    """A general-purpose optimiser finds no interval that is materially shorter."""
    sizes = np.linspace(-0.3, 0.3, 41)[:, None]
    allowed = np.concatenate([np.log1p(sizes * (64 / WIDTHS) ** g) for g in ORDERS])
    logs = np.log(WIDTHS)
    start = power_law_on(LADDER, 0.3).frontier.best(reach)

    def bound(x):
        return np.concatenate([x[-1] - allowed @ x[:-1], x[-1] + allowed @ x[:-1]])

    found = minimize(
        lambda x: reach * np.linalg.norm(x[:-1]) + x[-1],
        np.append(start.weights, start.bias * 1.01),
        constraints=[
            {"type": "eq", "fun": lambda x: [x[:-1].sum(), x[:-1] @ logs - 1]},
            {"type": "ineq", "fun": bound},
        ],
        method="SLSQP",
        options={"maxiter": 500},
    )
    assert reach * start.norm + start.bias <= 1.03 * found.fun


def test_bias_is_the_worst_over_the_allowed_corrections():
    contrast = power_law_on(LADDER, 0.3).frontier.best(0.2)
    by_hand = max(
        abs(contrast.weights @ np.log(1 + d * (64 / WIDTHS) ** g))
        for d in np.linspace(-0.3, 0.3, 2001)
        for g in (0.5, 1.0)
    )
    assert contrast.bias == pytest.approx(by_hand, rel=1e-3)


def test_more_noise_never_buys_less_bias():
    frontier = power_law_on(LADDER, 0.3).frontier
    biases = [frontier.best(reach).bias for reach in (0.01, 0.1, 1.0, 10.0)]
    assert biases == sorted(biases)


def test_nothing_is_trusted_beyond_its_share_of_the_correction():
    law = power_law_on(LADDER, 0.3)
    assert law.frontier.best(0.0).norm == law.frontier.best(0.05).norm


def test_worst_bias_without_corrections_is_zero():
    assert worst_bias(np.ones((2, 3)), np.empty((0, 3))).tolist() == [0, 0]


def test_shortest_contrast_meets_its_target_without_blind_spots():
    design = np.column_stack([np.ones(7), np.log(WIDTHS), WIDTHS**-0.5])
    weights = shortest_contrast(design, np.array([0, 0, 1]))
    np.testing.assert_allclose(design.T @ weights, [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(left_over(design) @ weights, 0, atol=1e-9)


def test_left_over_contrasts_are_orthonormal_and_blind_to_the_design():
    design = np.column_stack([np.ones(7), np.log(WIDTHS)])
    rest = left_over(design)
    assert rest.shape == (5, 7)
    np.testing.assert_allclose(rest @ rest.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(rest @ design, 0, atol=1e-12)
