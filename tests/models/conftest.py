"""A second route to every derivative: networks written plainly, for torch's own autograd."""

import pytest
import torch
from torch.func import jacrev

from widthwise.models import CNN, MLP, erf, linear, relu, tanh

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


def plain_convolutional_output(network, tensors, x):
    """The same of one convolutional network, by torch's own convolution."""
    a = network.architecture
    weights, biases = tensors[: a.depth + 1], tensors[a.depth + 1 :]
    hidden, last = a.parametrization.hidden, a.parametrization.output
    own = [a.parametrization.input, *[hidden] * (a.depth - 1)]
    q = a.connectivity.filter_size
    z = x.unflatten(1, a.connectivity.image)
    for layer in range(a.depth):
        filters = weights[layer].unflatten(0, (q, q, -1)).permute(3, 2, 0, 1)
        h = torch.nn.functional.conv2d(z, filters, padding=q // 2)
        fixed = q**2 * (z.shape[1] if layer == 0 else 1)
        h = h * (a.gain * a.width ** -own[layer].a / fixed**0.5)
        if biases:
            h = h + a.sigma_b * a.width ** -own[0].a * biases[layer][:, None, None]
        z = PLAIN[a.activation.name](h)
    if a.connectivity.readout == "flatten":
        z = z.movedim(1, -1).flatten(1) / (z.shape[2] * z.shape[3]) ** 0.5
    else:
        z = z.mean((2, 3))
    f = a.gain * a.width**-last.a * (z @ weights[-1])
    return f + a.sigma_b * a.width ** (last.c / 2) * biases[-1] if biases else f


def kernel_of_jacobians(network, plain, x, x2):
    """Σ_l N^-c_l J_l(x) J_l(x2)ᵀ [S, n, k, m, k], with torch's Jacobians."""
    kernels = []
    for s in range(len(network)):
        own = tuple(t[s] for t in network.parameters.tensors)
        left, right = (
            jacrev(lambda *t, points=points: plain(network, t, points), tuple(range(len(own))))(
                *own
            )
            for points in (x, x2)
        )
        rates = [scale.rate for scale in network.architecture.scales]
        kernels.append(
            sum(
                rate * torch.einsum("nkp,mlp->nkml", a.flatten(2), b.flatten(2))
                for rate, a, b in zip(rates, left, right, strict=True)
            )
        )
    return torch.stack(kernels)


@pytest.fixture
def jacobian_kernel():
    return kernel_of_jacobians


@pytest.fixture
def plain():
    return plain_output


@pytest.fixture
def plain_convolutional():
    return plain_convolutional_output


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


@pytest.fixture
def make_cnn():
    """Small float64 networks on images of two channels, four rows and three columns."""

    def initialise(width=6, seeds=(1, 2, 3), **settings):
        fixed = {"input_dim": 24, "image": (2, 4, 3), "dtype": torch.float64}
        return CNN.initialise(width, seeds, **(fixed | settings))

    return initialise


@pytest.fixture
def images():
    """Five images and three others as inputs [n, 24], float64."""
    generator = torch.Generator().manual_seed(4)
    return tuple(torch.randn(n, 24, generator=generator, dtype=torch.float64) for n in (5, 3))
