"""How far the size of a signal wanders on its way through a deep narrow network."""

import torch

from widthwise.harness import Control, Given, Over, PowerLaw, Source, claim
from widthwise.models import erf, relu
from widthwise.models.networks.randomness import normal_

UNITS, NETWORKS = 20, 1024


def log_sizes(depth, seeds, activation, sigma_b):
    """Ln of the mean square of the last hidden units of networks at one input [S, NETWORKS].

    At one input a layer's products are normal numbers times the size of what it reads, exactly.
    """
    normals = torch.empty(len(seeds), depth, 2, NETWORKS, UNITS, dtype=torch.float32)
    normal_([normals], seeds)
    size = torch.ones(len(seeds), NETWORKS, 1)
    for layer in range(depth):
        weights, biases = normals[:, layer].unbind(1)
        units = activation.value(activation.gain * size * weights + sigma_b * biases)
        size = units.square().mean(2, keepdim=True).sqrt()
    return 2 * size[..., 0].double().log()


@claim(
    provenance="background",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply on scaling up, where the ratio of depth to width controls convergence to the "
        "limit",
    ),
    references=(
        "Hanin & Nica 2019, Products of Many Large Random Matrices and Gradients in Deep Neural "
        "Networks, Theorem 1",
        "Lu et al. 2019, Dying ReLU and Initialization, Theorem 3: networks die with depth",
    ),
    prediction=PowerLaw(1, tolerance=0.3, correction=0.0),
    control=Control(
        "erf with biases forgets the size of what it reads, whatever the depth.",
        activation=erf,
        sigma_b=1.0,
    ),
    over=Over("depth", (4, 8, 16, 32)),
    given=Given("the signal survives in every network of the seed", at_least=0.6),
)
def test_log_signal_spreads_with_depth(depth, seeds, activation=relu, sigma_b=0.0):
    """The logarithm of a signal's size is a random walk over the layers of a ReLU network.

    Statement
        Given that it survives, each layer of N units multiplies the square of a signal's size by an
        independent factor, (2/N)Σ φ(g_i)² with g normal, so that the variance of its logarithm is
        the number of layers times one constant, about 5/N.
    Setting
        One input, 20 units, no biases, 4 to 32 hidden layers; 1024 networks per seed (after a
        first look: 16 units and 64 networks, too noisy for its curvature to be known). A layer
        whose units are all off, one in a million, ends the signal, ln 0: seeds with such a network
        are left out, one in thirty of them. Whether a layer dies is independent of what the others
        do, so the law of the rest is the same at every depth.
    Measure
        Variance over networks of the logarithm of the last hidden layer's mean square.
    Tolerance
        Exponent 1 ± .3, a third of the way to the rival, 0: a variance that settles, as where
        layers forget. No correction: the factors are independent at any width.
    Does not show
        The constant, 5/N up to the next order.
    """
    sizes = log_sizes(depth, seeds, activation, sigma_b)
    return sizes.var(1), sizes.isfinite().all(1)
