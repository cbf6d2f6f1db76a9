"""Training that ends when it is done, or says that it is not."""

import pytest
import torch

from widthwise.models import MLP, UnfinishedTrainingError, fit, residual_left, sphere, train
from widthwise.models.training import fitted

DATA = sphere(6, 4, 5, seed=1)


@pytest.fixture
def networks():
    return MLP.initialise(64, (3, 4), input_dim=5)


@pytest.mark.parametrize("share", [0.3, 0.01])
def test_at_most_the_share_is_left_in_every_network(networks, share):
    after = fit(networks, DATA.x_train, DATA.y_train, share=share)
    before = (networks(DATA.x_train) - DATA.y_train).norm(dim=1)
    left = (after(DATA.x_train) - DATA.y_train).norm(dim=1) / before
    assert bool((left <= 1.001 * share).all())
    assert bool((left > share / 3).any()), "it stops when it is done"


def test_with_momentum_it_ends_at_the_same_share_in_fewer_steps(networks, monkeypatch):
    taken = []
    for momentum, name in ((0.0, "train"), (0.5, "train_momentum")):
        way = getattr(fitted, name)

        def counted(*arguments, way=way, **options):
            run = way(*arguments, **options)
            taken.append(run.steps)
            return run

        monkeypatch.setattr(fitted, name, counted)
        after = fit(networks, DATA.x_train, DATA.y_train, momentum=momentum)
        left = (after(DATA.x_train) - DATA.y_train).norm(dim=1)
        assert bool((left <= 0.01001 * (networks(DATA.x_train) - DATA.y_train).norm(dim=1)).all())
    plain, with_momentum = taken
    assert bool((with_momentum < 0.7 * plain).all())


def test_a_momentum_that_is_none(networks):
    with pytest.raises(ValueError, match="momentum must be in"):
        fit(networks, DATA.x_train, DATA.y_train, momentum=1.0)


def test_what_a_network_does_does_not_depend_on_those_beside_it(networks):
    y = torch.stack((DATA.y_train, DATA.y_train / 9))
    both = fit(networks, DATA.x_train, y, share=0.3)
    for seed in (0, 1):
        alone = fit(networks[seed : seed + 1], DATA.x_train, y[seed : seed + 1], share=0.3)
        torch.testing.assert_close(both(DATA.x_train)[seed], alone(DATA.x_train)[0])


def test_training_that_is_not_done_is_refused_with_what_is_left(networks):
    with pytest.raises(
        UnfinishedTrainingError,
        match=r"training is not done: 2 of 2 networks .* \(seed 3: \d+\.\d% left after 2 steps\)",
    ):
        fit(networks, DATA.x_train, DATA.y_train, steps=2)


def test_networks_that_diverge_are_named(networks):
    with pytest.raises(UnfinishedTrainingError, match="seed 3: diverged"):
        fit(networks, DATA.x_train, DATA.y_train, rate=1e3)


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_a_share_that_is_none(networks, share):
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        fit(networks, DATA.x_train, DATA.y_train, share=share)


def test_what_is_left_of_a_run(networks):
    run = train(networks, DATA.x_train, DATA.y_train, steps=3, tolerance=0)
    expected = (run.final(DATA.x_train) - DATA.y_train).norm(dim=1) / (
        networks(DATA.x_train) - DATA.y_train
    ).norm(dim=1)
    torch.testing.assert_close(residual_left(run), expected, rtol=1e-4, atol=0)
    idle = train(networks, DATA.x_train, networks(DATA.x_train), steps=1)
    assert residual_left(idle).tolist() == [0, 0]
