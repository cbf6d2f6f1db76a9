import pytest
import torch

from widthwise.models import (
    gaussian_xor,
    hidden_directions,
    index_model,
    parity,
    planted_mixture,
)


def test_an_index_model_sees_its_directions_only():
    directions = hidden_directions(12, 2, seed=3)
    data = index_model(lambda z: z[:, 0] * z[:, 1], directions, 500, 100, seed=1)
    torch.testing.assert_close(data.x.norm(dim=1), torch.full((600,), 12**0.5))
    z = data.x_train.double() @ directions
    torch.testing.assert_close(data.y_train.double(), z[:, 0] * z[:, 1], rtol=1e-5, atol=1e-5)
    assert abs(float(z.square().mean()) - 1) < 5 * (2 / 1000) ** 0.5


def test_no_input_lies_along_the_directions_of_the_same_seed():
    directions = hidden_directions(50, 1, seed=3)
    data = index_model(lambda u: u[:, 0], directions, 20, 1, seed=3)
    assert float(data.y_train.abs().max()) < 5


def test_hidden_directions_are_orthonormal_and_random():
    directions = hidden_directions(9, 4, seed=1)
    torch.testing.assert_close(directions.T @ directions, torch.eye(4, dtype=torch.float64))
    assert not torch.allclose(directions, hidden_directions(9, 4, seed=2))
    means = torch.stack([hidden_directions(5, 2, seed=s) for s in range(400)]).mean(0)
    assert float(means.abs().max()) < 5 * (1 / 5 / 400) ** 0.5


@pytest.mark.parametrize("dim", [6, 30])
def test_parity(dim):
    data = parity(dim, 3, 40, 20, seed=2)
    assert len(torch.unique(data.x, dim=0)) == 60
    assert torch.equal(data.y_train, data.x_train[:, 0] * data.x_train[:, 1] * data.x_train[:, 2])
    assert set(data.x.flatten().tolist()) == {-1.0, 1.0}
    assert torch.equal(data.x, parity(dim, 3, 40, 20, seed=2).x)
    assert not torch.equal(data.x, parity(dim, 3, 40, 20, seed=3).x)


def test_a_planted_mixture_follows_its_two_rules():
    data = planted_mixture(8, 2000, 10, order=3, easy=0.7, seed=1)
    x, y = data.x_train, data.y_train
    easy = x[:, 0] > 0
    assert abs(float(easy.float().mean()) - 0.7) < 5 * (0.21 / 2000) ** 0.5
    assert torch.equal(y[easy], x[easy, 1])
    assert torch.equal(y[~easy], x[~easy, 2:5].prod(1))


def test_gaussian_xor_has_no_linear_rule():
    data = gaussian_xor(10, 4000, 10, separation=3.0, seed=1)
    x, y = data.x_train, data.y_train
    assert abs(float(x.square().sum(1).mean()) / 10 - 1) < 0.05
    correlations = (x * y[:, None]).mean(0) / x.std(0)
    assert float(correlations.abs().max()) < 5 / 4000**0.5
    right = torch.sign(x[:, 0] * x[:, 1]) == y
    assert float(right.float().mean()) > 0.99


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hidden_directions(2, 3), "rank 3 directions do not fit into 2 dimensions"),
        (lambda: index_model(lambda z: z[:, 0], torch.ones(4, 2), 3, 3), "orthonormal columns"),
        (lambda: index_model(lambda z: z, torch.eye(4), 3, 3), r"link must map \[n, r\] to \[n\]"),
        (lambda: parity(3, 4, 1, 1), "order must be in 1 … 3, not 4"),
        (lambda: parity(3, 2, 5, 4), "dimension 3 has 8 points, not 9"),
        (lambda: planted_mixture(3, 1, 1), "at least order [+] 2 = 4, not 3"),
        (lambda: planted_mixture(5, 1, 1, easy=1.5), r"easy must be in \[0, 1\], not 1.5"),
        (lambda: gaussian_xor(1, 1, 1), "dim must be at least 2, not 1"),
        (lambda: gaussian_xor(3, 1, 1, separation=0.0), "separation must be positive, not 0.0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
