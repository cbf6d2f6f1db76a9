import itertools
import math

import pytest
import torch

from widthwise.models import (
    component_along,
    explained_variance,
    output_gradients,
    principal_components,
    share_within,
    sum_over_random_units,
)
from widthwise.models.observables.directions import share_of_directions


@pytest.fixture
def draw():
    """Normal numbers of a shape, float64."""
    generator = torch.Generator().manual_seed(5)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_output_gradients_are_those_of_a_displaced_preactivation(make, inputs):
    network, x = make(depth=2), inputs[0]
    gradients = output_gradients(network, x)
    assert [g.shape for g in gradients] == [(3, 7, 12)] * 2
    weights = [w[1] for w in network.weights]
    gain = network.architecture.gain
    last = gain / 12**0.5 * weights[2].T * (network.preactivations(x)[1][1] > 0)
    first = gain / 12**0.5 * (last @ weights[1].T) * (network.preactivations(x)[0][1] > 0)
    torch.testing.assert_close(gradients[1][1], last)
    torch.testing.assert_close(gradients[0][1], first)


def test_a_sum_over_random_units_is_the_rms_over_all_choices(draw):
    units, share = draw(2, 3, 5), 0.3
    squares = torch.zeros(2, 3, dtype=torch.float64)
    for choice in itertools.product((0, 1), repeat=5):
        chosen = torch.tensor(choice, dtype=torch.float64)
        probability = share ** sum(choice) * (1 - share) ** (5 - sum(choice))
        squares += probability * (units @ chosen).square()
    torch.testing.assert_close(sum_over_random_units(units, share), squares.mean(1).sqrt())
    torch.testing.assert_close(
        sum_over_random_units(units, 1), units.sum(2).square().mean(1).sqrt()
    )


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_no_probability_is_refused(draw, share):
    with pytest.raises(ValueError, match=r"share must be in \(0, 1\]"):
        sum_over_random_units(draw(1, 2, 3), share)


def test_a_component_is_taken_along_each_inputs_own_direction(draw):
    moved, directions = draw(2, 3, 4), draw(2, 3, 4)
    by_hand = [
        [float(moved[s, i] @ directions[s, i] / directions[s, i].norm()) for i in range(3)]
        for s in range(2)
    ]
    expected = torch.tensor(by_hand, dtype=torch.float64).square().mean(1).sqrt()
    torch.testing.assert_close(component_along(moved, directions), expected)
    torch.testing.assert_close(component_along(moved, 7 * directions), expected)


def test_the_share_within_a_span_is_that_of_a_least_squares_fit(draw):
    moved, directions = draw(2, 5, 8), draw(2, 3, 8)
    for s in range(2):
        fitted = torch.linalg.lstsq(directions[s].T, moved[s].T).solution
        left = moved[s].T - directions[s].T @ fitted
        expected = 1 - left.square().sum() / moved[s].square().sum()
        torch.testing.assert_close(share_within(moved, directions)[s], expected)
    inside = draw(2, 5, 3) @ directions
    ones = torch.ones(2, dtype=torch.float64)
    torch.testing.assert_close(share_within(inside, directions), ones)


def test_a_random_movement_has_its_chance_share_in_any_span(draw):
    shares = share_within(draw(400, 1, 20), draw(400, 5, 20))
    assert abs(float(shares.mean()) - 5 / 20) < 5 * float(shares.std()) / 20


def test_principal_components_maximise_the_variance(draw):
    units = draw(2, 9, 6) * torch.tensor([5, 3, 1, 1, 1, 1]) + 10
    components = principal_components(units, 2)
    torch.testing.assert_close(
        components @ components.mT, torch.eye(2, dtype=torch.float64).expand(2, 2, 2)
    )
    for s in range(2):
        covariance = torch.cov(units[s].T, correction=0)
        largest = torch.linalg.eigvalsh(covariance)[-2:].sum()
        torch.testing.assert_close(explained_variance(units, components)[s], largest)
    every = principal_components(units, 6)
    torch.testing.assert_close(explained_variance(units, every), units.var(1, correction=0).sum(1))


@pytest.mark.parametrize("count", [0, 4])
def test_more_components_than_inputs_have_is_refused(draw, count):
    with pytest.raises(ValueError, match=r"count must be in 1 … 3 .*not"):
        principal_components(draw(1, 4, 9), count)


def test_the_share_of_directions_near_a_given_one_is_that_of_random_vectors():
    vectors = torch.randn(200_000, 5, generator=torch.Generator().manual_seed(0))
    cosines = (vectors[:, 0] / vectors.norm(dim=1)).abs()
    for cosine in (0.1, 0.5, 0.8):
        counted = float((cosines > cosine).double().mean())
        assert counted == pytest.approx(share_of_directions(cosine, 5), abs=0.005)


def test_on_a_circle_the_share_of_directions_is_that_of_angles():
    for degrees in (0, 30, 60, 90):
        share = share_of_directions(math.cos(math.radians(degrees)), 2)
        assert share == pytest.approx(degrees / 90, abs=1e-7)


@pytest.mark.parametrize(("cosine", "dimension"), [(-0.1, 3), (1.1, 3), (0.5, 1)])
def test_no_share_of_directions_beyond_what_there_is(cosine, dimension):
    with pytest.raises(ValueError, match="must be"):
        share_of_directions(cosine, dimension)
