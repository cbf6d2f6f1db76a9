"""Conditioned sampling: the same law as networks drawn weight by weight."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from widthwise.models import (
    MLP,
    Architecture,
    as_matrix,
    erf,
    linear,
    relu,
    standard,
    tangent_kernel,
    tanh,
)
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.parametrization import mean_field

SEEDS = 4000
CASES = {
    "relu, as wide as there are inputs": (5, {"depth": 3, "width": 5, "activation": relu}),
    "erf, biases, two outputs, standard": (
        4,
        {
            "depth": 3,
            "width": 8,
            "activation": erf,
            "output_dim": 2,
            "sigma_b": 0.4,
            "parametrization": standard,
        },
    ),
    "linear: singular Gram matrices": (5, {"depth": 3, "width": 7, "activation": linear}),
    "tanh, mean field, an input twice": (
        4,
        {
            "depth": 2,
            "width": 6,
            "activation": tanh,
            "sigma_b": 0.3,
            "parametrization": mean_field,
        },
    ),
    "one hidden layer": (3, {"depth": 1, "width": 4, "activation": relu}),
}


def inputs(n: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    x = torch.randn(n, 3, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    if n == 4:
        x[3] = x[0]
    return x.to(dtype)


def functionals(outputs: torch.Tensor, tangent: torch.Tensor) -> torch.Tensor:
    """First and second moments, joint ones too: [S, numbers]."""
    f, theta = outputs.flatten(1), as_matrix(tangent).flatten(1)
    first = f[:, :1]
    return torch.cat(
        (f, first * f, first**2 * f**2, theta, theta**2, first**2 * theta, theta[:, :1] * theta), 1
    )


@pytest.mark.parametrize("name", CASES)
def test_moments_equal_those_of_drawn_weights(name):
    """Two-sample z of every functional below 5.5, at most 300 each in five cases.

    Under the normal law a false alarm has probability 1500 · 4e-8 = 6e-5. In networks this
    narrow, leaving out the fresh half of a product shifts a moment by more than 10.
    """
    n, settings = CASES[name]
    x = inputs(n)
    network = MLP.initialise(seeds=range(SEEDS), input_dim=3, dtype=torch.float64, **settings)
    drawn = functionals(network(x), tangent_kernel(network, x))
    conditioned = initial_kernels(network.architecture, x, range(SEEDS))
    ours = functionals(conditioned.outputs, conditioned.tangent)
    spread = ((drawn.var(0) + ours.var(0)) / SEEDS).sqrt()
    difference = (drawn.mean(0) - ours.mean(0)).abs()
    assert bool((difference <= 5.5 * spread + 1e-12).all())


def test_laws_equal_those_of_drawn_weights():
    """Kolmogorov–Smirnov on the trace, the corners and the least eigenvalue, p > 1e-6 each."""
    x = inputs(5)
    network = MLP.initialise(6, range(SEEDS), input_dim=3, depth=2, dtype=torch.float64)
    drawn = tangent_kernel(network, x)
    ours = initial_kernels(network.architecture, x, range(SEEDS)).tangent
    for number in (
        lambda theta: theta.diagonal(dim1=1, dim2=2).sum(1),
        lambda theta: theta[:, 0, 0],
        lambda theta: theta[:, 0, 4],
        lambda theta: torch.linalg.eigvalsh(theta)[:, 0],
    ):
        _, p_value = stats.ks_2samp(number(drawn), number(ours))
        assert p_value > 1e-6


def test_a_width_whose_weights_fit_nowhere():
    """10^5 units, 3 hidden layers: the weights would take 80 GB; the kernels are the limit's.

    Entries deviate by O(N^-½) = .003 times a constant near 5.
    """
    x = inputs(5, torch.float32)
    wide = Architecture(10**5, 3, depth=3)
    kernels = initial_kernels(wide, x, [1, 2])
    limit = infinite_width_kernels(wide, x)
    for ours, target in ((kernels.nngp, limit.nngp), (kernels.tangent, limit.tangent)):
        assert float((ours - target).abs().max() / target.max()) < 0.05


def test_the_conditional_covariance_is_that_of_the_outputs():
    """E[f f′ | hidden layers] = nngp, so that E[f f′ − nngp] = 0, at 5 standard errors."""
    x = inputs(4)
    architecture = Architecture(8, 3, activation=erf, sigma_b=0.3)
    kernels = initial_kernels(architecture, x, range(SEEDS))
    excess = kernels.outputs[:, :, None] * kernels.outputs[:, None, :] - kernels.nngp
    assert bool((excess.mean(0).abs() <= 5 * excess.std(0) / SEEDS**0.5).all())


def test_a_network_depends_on_its_own_seed_only(monkeypatch):
    x = inputs(5)
    architecture = Architecture(8, 3)
    together = initial_kernels(architecture, x, range(6))
    alone = initial_kernels(architecture, x, [4])
    monkeypatch.setattr("widthwise.models.kernels.conditioned._BLOCK_BYTES", 1)
    one_by_one = initial_kernels(architecture, x, range(6))
    for whole, single, parts in zip(together, alone, one_by_one, strict=True):
        torch.testing.assert_close(whole[4], single[0])
        torch.testing.assert_close(whole, parts)
        assert not torch.equal(whole[4], whole[3])


def test_bad_input_is_named():
    architecture = Architecture(4, 3)
    with pytest.raises(ValueError, match="5 inputs needs a width of at least 5, not 4"):
        initial_kernels(architecture, inputs(5), [0])
    with pytest.raises(ValueError, match=r"x must be \[n, 3\], not \[3, 2\]"):
        initial_kernels(architecture, inputs(3)[:, :2], [0])
    with pytest.raises(ValueError, match="seeds is empty"):
        initial_kernels(architecture, inputs(3), [])
