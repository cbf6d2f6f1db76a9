"""Products of n inputs from single layers and from trees of gates, float64."""

import itertools

import torch

from widthwise.models.networks.randomness import uniform

POINTS = 512


def signs(inputs):
    """All rows of n signs [2^n, n]."""
    rows = list(itertools.product((-1.0, 1.0), repeat=inputs))
    return torch.tensor(rows, dtype=torch.float64)


def symmetric_layer(x, scale, bias, activation):
    """Σ_s (Π s_i) φ(b + λ s·x) over all 2^n signs s, for inputs [points, n]."""
    rows = signs(x.shape[1])
    return activation.value(bias + scale * x @ rows.T) @ rows.prod(1)


def layer_of_random_weights(x, scale, bias, activation, units, seed):
    """A product as the best readout makes it of units with weights λ times random numbers."""
    weights = 2 * uniform(seed + 1, units, x.shape[1]) - 1
    values = activation.value(bias + scale * x @ weights.T)
    return values @ torch.linalg.lstsq(values, x.prod(1)[:, None], driver="gelsd").solution[:, 0]


def amplitude(unscaled, product):
    """The readout's one number, by least squares."""
    return (unscaled @ product) / unscaled.square().sum().clamp_min(torch.finfo(product.dtype).tiny)


def relative_error(found, product):
    """RMS of the error over RMS of the product."""
    return (found - product).norm() / product.norm()


def gate(scale, bias, activation):
    """Two inputs multiplied by four units: a function of two columns of points."""
    grid = 2 * uniform(0, POINTS, 2) - 1
    size = amplitude(symmetric_layer(grid, scale, bias, activation), grid.prod(1))

    def multiply(left, right):
        return size * symmetric_layer(torch.stack((left, right), 1), scale, bias, activation)

    return multiply


def tree(x, multiply):
    """Products of neighbours, of their products and so on, for inputs [points, n], n = 2^k."""
    columns = list(x.T)
    while len(columns) > 1:
        columns = list(map(multiply, columns[::2], columns[1::2]))
    return columns[0]
