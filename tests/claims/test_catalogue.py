"""Every claim says what a reader needs, and the fixtures supply what they promise."""

import re

import pytest
import torch

from widthwise.harness import Verdict
from widthwise.harness.measuring.verification import unsettled
from widthwise.harness.terms.docstring import prose
from widthwise.harness.terms.ladder import EFFORTS
from widthwise.models import (
    CNN,
    MLP,
    activation_movement,
    kernel_movement,
    ntk,
    train,
)
from widthwise.reports.pages.prose import prose as html

from .catalogue import CLAIMS, MODULES


def test_the_catalogue_holds_the_claims_of_the_foundation():
    assert {
        "activations_freeze",
        "tangent_kernel_is_constant",
        "network_follows_its_linearisation",
        "linearised_training_is_kernel_regression",
        "random_combinations_stay_put",
        "kernel_transfer_is_a_shifted_start",
        "fine_tuning_lives_in_tangent_space",
        "taylor_remainder_is_little_o_of_square",
        "taylor_remainder_is_quadratic",
    } <= CLAIMS.keys()


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_says_what_it_states_why_its_band_is_right_and_what_it_does_not_show(name):
    said = prose(CLAIMS[name].measure.__doc__)
    assert said.summary.endswith(".")
    assert {"Statement", "Setting", "Tolerance", "Does not show"} <= said.sections.keys()
    assert all(said.sections.values())
    assert CLAIMS[name].references


@pytest.mark.parametrize("name", CLAIMS)
def test_every_formula_of_a_claim_is_one_that_the_page_can_set(name):
    said = prose(CLAIMS[name].measure.__doc__)
    for text in (said.summary, *said.sections.values()):
        left = re.sub("(?s)<(math|code)>.*?</\\1>", "", html(text))
        assert not re.search(r"\^|[‖√∇∂]|\b\w_\w", left), left


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_statement_names_its_correction_which_is_a_claim_of_its_own(name):
    if CLAIMS[name].expect is Verdict.REFUTED:
        correction = prose(CLAIMS[name].measure.__doc__).sections["Correction"]
        assert any(other in correction for other in CLAIMS.keys() - {name})


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_can_be_settled_at_standard_effort(name):
    assert unsettled(CLAIMS[name], EFFORTS["standard"]) is None


@pytest.mark.parametrize("module", [m for m in MODULES if hasattr(m, "__path__")])
def test_a_topic_opens_with_the_argument_it_settles(module):
    assert len(module.__doc__.split("\n\n")) >= 2


def test_fixtures_supply_data_at_radius_sqrt_d(sphere, digits, ten_digits):
    for data, dim in ((sphere, 16), (digits, 64), (ten_digits, 64)):
        radii = data.x.norm(dim=1)
        torch.testing.assert_close(radii, torch.full_like(radii, dim**0.5))
        assert not set(map(tuple, data.x_train.tolist())) & set(map(tuple, data.x_test.tolist()))
    assert set(sphere.y_train.tolist()) | set(digits.y_train.tolist()) == {-1.0, 1.0}
    assert ten_digits.y_train.shape == (50, 10)
    torch.testing.assert_close(ten_digits.y_train.sum(1), torch.zeros(50), atol=1e-6, rtol=0)
    assert ten_digits.y_train.argmax(1).bincount().tolist() == [5] * 10


@pytest.mark.parametrize(
    ("data", "dim"),
    [
        ("mnist", 784),
        ("parity", 16),
        ("single_index", 16),
        ("multi_index", 16),
        ("planted_mixture", 16),
    ],
    indirect=["data"],
)
def test_every_task_is_a_fixture_too(data, dim, device):
    assert data.input_dim == dim
    assert data.x.square().mean().item() == pytest.approx(1, rel=1e-5)
    assert str(data.y_train.device) == device
    assert not set(map(tuple, data.x_train.tolist())) & set(map(tuple, data.x_test.tolist()))


def test_targets_of_the_index_fixtures_are_of_order_one_and_hidden_from_linear_maps(
    single_index, multi_index
):
    for data in (single_index, multi_index):
        y = torch.cat((data.y_train, data.y_test))
        assert 0.3 < y.square().mean() < 3
        correlations = (data.x * y[:, None]).mean(0)
        assert correlations.norm() < 3 * (data.input_dim / len(y)) ** 0.5


@pytest.mark.parametrize(
    ("data", "n", "dim"),
    [("random_labels", 32, 8), ("hidden_direction", 32, 8), ("odd_digits", 64, 16)],
    indirect=["data"],
)
def test_tasks_are_drawn_anew_for_every_seed_and_no_linear_map_fits_them(data, n, dim, device):
    drawn = data((1, 2))
    assert drawn.x_train.shape == drawn.x_test.shape == (2, n, dim)
    assert n >= 4 * dim
    assert str(drawn.x.device) == device
    torch.testing.assert_close(drawn.x.norm(dim=2), torch.full((2, 2 * n), dim**0.5))
    assert not torch.equal(drawn.x[0], drawn.x[1])
    assert torch.equal(data((2,)).y_train[0], drawn.y_train[1])


def test_structured_inputs_are_fixtures_too(circle, grid, boolean_cube):
    assert [list(x.shape) for x in (circle, grid, boolean_cube)] == [[32, 2], [81, 2], [64, 6]]
    torch.testing.assert_close(circle.norm(dim=1), torch.full((32,), 2**0.5))
    assert grid.abs().max() == 1
    assert len(set(map(tuple, boolean_cube.tolist()))) == 64


def test_the_fixture_mlp_makes_networks_on_the_chosen_device(mlp, device, sphere):
    network = mlp(32, (1, 2), input_dim=sphere.input_dim)
    assert isinstance(network, MLP)
    assert str(network.device) == device
    assert network(sphere.x).shape == (2, 32)


@pytest.mark.parametrize("model", ["mlp", "cnn"], indirect=True)
def test_a_measurement_takes_either_kind_of_network(model, digits, request):
    """The same lines measure perceptrons and convolutional networks on the same images."""
    kind = {"mlp": MLP, "cnn": CNN}[request.node.callspec.params["model"]]
    movements = []
    for width in (8, 128):
        network = model(width, range(8), input_dim=digits.input_dim, parametrization=ntk)
        assert isinstance(network, kind)
        targets = network(digits.x_train) + digits.y_train
        after = train(network, digits.x_train, targets, steps=1).final
        movements.append(
            [
                float(f(network, after, digits.x).mean())
                for f in (activation_movement, kernel_movement)
            ]
        )
    for narrow, wide in zip(*movements, strict=True):
        assert 0 < wide < narrow / 2
