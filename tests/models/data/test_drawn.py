"""Data of each network's own."""

import functools

import pytest
import torch

from widthwise.models import MLP, drawn, fit, odd_digits, single_index, sphere, train

SPHERE = functools.partial(sphere, 6, 4, 3)


def test_every_network_gets_the_data_of_its_own_seed():
    data = drawn(SPHERE, (5, 9))
    for row, seed in enumerate((5, 9)):
        alone = sphere(6, 4, 3, seed=seed)
        assert torch.equal(data.x[row], alone.x)
        assert torch.equal(data.y_train[row], alone.y_train)
        assert torch.equal(data.y_test[row], alone.y_test)
    assert (data.input_dim, data.output_dim) == (3, 1)
    assert data.x.shape == (2, 10, 3)


def test_a_networks_data_do_not_depend_on_the_networks_beside_it():
    assert torch.equal(drawn(odd_digits, (5, 9)).x[1:], drawn(odd_digits, (9,)).x)


def test_networks_train_on_their_own_data_as_they_would_alone():
    data = drawn(SPHERE, (5, 9), dtype=torch.float64)
    networks = MLP.initialise(20, (1, 2), input_dim=3, dtype=torch.float64)
    together = train(networks, data.x_train, data.y_train, steps=5)
    for row in range(2):
        alone = train(networks[row : row + 1], data.x_train[row], data.y_train[row], steps=5)
        torch.testing.assert_close(together.losses[row], alone.losses[0])


def test_no_seed_and_sets_of_different_shapes():
    with pytest.raises(ValueError, match="seeds is empty: give one integer per network"):
        drawn(SPHERE, ())

    def uneven(seed):
        return sphere(6 + seed, 4, 3, seed=seed)

    with pytest.raises(ValueError, match="the data sets of the seeds differ in shape"):
        drawn(uneven, (0, 1))


def least_squares_leaves(data):
    """The shares of the targets' variance that a linear map misses, on both halves."""
    left = []
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        a, b = (torch.cat((part, torch.ones_like(part[..., :1])), -1) for part in (data.x_train, x))
        fitted = b @ torch.linalg.lstsq(a, data.y_train[..., None]).solution
        left.append(float((fitted[..., 0] - y).square().mean() / y.square().mean()))
    return left


def test_no_linear_map_learns_the_parity_of_a_digit():
    data = drawn(odd_digits, range(20))
    assert set(data.y_train.unique().tolist()) == {-1.0, 1.0}
    assert abs(float(data.y_train.mean())) < 0.05
    seen, unseen = least_squares_leaves(data)
    assert 0.25 < seen < 0.4
    assert unseen > 0.5


def test_no_linear_map_learns_a_hidden_direction():
    data = drawn(functools.partial(single_index, 8, 400, 400), range(20))
    assert abs(float(data.y_train.mean())) < 0.05
    assert abs(float(data.y_train.square().mean()) - 0.7) < 0.1  # 1 for Gaussian inputs, d → ∞
    assert min(least_squares_leaves(data)) > 0.95


def test_a_fit_on_drawn_data_is_a_fit():
    data = drawn(SPHERE, (5, 9))
    networks = MLP.initialise(128, (1, 2), input_dim=3)
    after = fit(networks, data.x_train, data.y_train)
    left = (after(data.x_train) - data.y_train).norm(dim=1)
    assert bool((left <= 0.0101 * (networks(data.x_train) - data.y_train).norm(dim=1)).all())
