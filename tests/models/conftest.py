"""A second route to every derivative: networks written plainly, for torch's own autograd."""

import pytest
import torch

from widthwise.models import MLP, erf, linear, relu, tanh

ACTIVATIONS = {"relu": relu, "erf": erf, "tanh": tanh, "linear": linear}
PLAIN = {"relu": torch.relu, "erf": torch.erf, "tanh": torch.tanh, "linear": lambda h: h}


# The networks here are small: a second thread costs more than it brings.
torch.set_num_threads(1)


def plain_output(network, tensors, x):
    """Outputs [n, k] of one network with the given tensors (no leading seed dimension)."""
    a = network.architecture
    weights, biases = tensors[: a.depth + 1], tensors[a.depth + 1 :]
    exponents = [a.parametrization.input, *[a.parametrization.hidden] * (a.depth - 1)]
    exponents.append(a.parametrization.output)
    z = x / a.input_dim**0.5
    for layer, (weight, own) in enumerate(zip(weights, exponents, strict=True)):
        h = a.gain * a.width**-own.a * (z @ weight)
        if biases and layer < a.depth:
            h = h + a.sigma_b * a.width ** -exponents[0].a * biases[layer]
        elif biases:
            h = h + a.sigma_b * a.width ** (own.c / 2) * biases[layer]
        z = h if layer == a.depth else PLAIN[a.activation.name](h)
    return z


@pytest.fixture
def plain():
    return plain_output


@pytest.fixture(params=list(ACTIVATIONS))
def activation(request):
    return ACTIVATIONS[request.param]


@pytest.fixture
def inputs():
    """Seven inputs of dimension 5 and four others, float64."""
    generator = torch.Generator().manual_seed(3)
    return tuple(torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (7, 4))


@pytest.fixture
def make():
    """Small float64 networks; keyword arguments as in MLP.initialise."""

    def initialise(width=12, seeds=(1, 2, 3), **settings):
        return MLP.initialise(width, seeds, **({"input_dim": 5, "dtype": torch.float64} | settings))

    return initialise
