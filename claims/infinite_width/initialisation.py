"""The kernels of networks at initialisation: drawn once, looked at by every claim about them."""

import torch

from widthwise.models import Architecture
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import split_seeds

SEEDS_OF = "kernels at initialisation"
SIGMA_B = 0.3
NETWORKS = 16


def initialised(width, seeds, x, activation, depth, sigma_b=SIGMA_B, networks=NETWORKS):
    """Mean and mean square, entry by entry, of both kernels over some networks per seed."""
    architecture = Architecture(
        width, x.shape[1], depth=depth, activation=activation, sigma_b=sigma_b
    )
    drawn = initial_kernels(architecture, x, split_seeds(seeds, networks))
    return moments(drawn.nngp, drawn.tangent, len(seeds))


def moments(nngp, tangent, seeds):
    """Mean and mean square of kernels [S·R, n, n] over the R networks of each of S seeds."""
    of_a_seed = {
        "nngp": nngp.unflatten(0, (seeds, -1)),
        "tangent": tangent.unflatten(0, (seeds, -1)),
    }
    means = {name: kernel.mean(1) for name, kernel in of_a_seed.items()}
    squares = {f"{name} squared": kernel.square().mean(1) for name, kernel in of_a_seed.items()}
    return means | squares


def recursion(x, activation, depth, sigma_b=SIGMA_B):
    """Both kernels in the limit of infinite width, [n, n]."""
    architecture = Architecture(1, x.shape[1], depth=depth, activation=activation, sigma_b=sigma_b)
    return infinite_width_kernels(architecture, x)._asdict()


def deepening(width, seeds, x, activation, sigma_b=SIGMA_B):
    """The same of networks with one hidden layer for every 16 units of width, on two inputs."""
    return initialised(width, seeds, x[:2], activation, width // 16, sigma_b)


def ratio(mean, limit):
    """⟨K, K_∞⟩/‖K_∞‖² of the mean kernels of the seeds [S, n, n]."""
    return (torch.as_tensor(mean) * limit).sum((1, 2)) / limit.square().sum()


def departure(drawn, kernel, limit):
    """RMS of K − K_∞ over entries and networks, relative to the RMS of K_∞ [S]."""
    mean, square = torch.as_tensor(drawn[kernel]), torch.as_tensor(drawn[f"{kernel} squared"])
    return (
        (square - 2 * mean * limit + limit.square()).mean((1, 2)) / limit.square().mean()
    ).sqrt()


def spread(drawn, kernel, networks=NETWORKS):
    """RMS standard deviation of an entry from network to network, relative to the mean [S]."""
    mean, square = torch.as_tensor(drawn[kernel]), torch.as_tensor(drawn[f"{kernel} squared"])
    variance = (square - mean.square()) * (networks / (networks - 1))
    return (variance.mean((1, 2)) / mean.square().mean((1, 2))).sqrt()
