"""The kernels of networks at initialisation: drawn once, looked at by every claim about them."""

import torch

from widthwise.models import Architecture
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import split_seeds

SEEDS_OF = "kernels at initialisation"
SIGMA_B = 0.3
INPUTS, NETWORKS = 8, 16


def inputs(data, seeds, count=INPUTS):
    """A draw of inputs of its own for every seed, in float64 [S, count, d]."""
    return data(seeds).x_train[:, :count].double()


def initialised(
    width, seeds, x, activation, depth, sigma_w=None, sigma_b=SIGMA_B, networks=NETWORKS
):
    """Moments, entry by entry, of both kernels over some networks per seed, on its x [S, n, d].

    σ_w is that of the activation's gain unless given. Networks are drawn in float32, in half the
    time: kernels differ by N^-1/2 and 1/N, and rounding by a millionth.
    """
    architecture = Architecture(
        width, x.shape[-1], depth=depth, activation=activation, sigma_w=sigma_w, sigma_b=sigma_b
    )
    drawn = [
        initial_kernels(architecture, points, split_seeds((seed,), networks))
        for seed, points in zip(seeds, x.float(), strict=True)
    ]
    return moments(
        torch.cat([kernels.nngp for kernels in drawn]).double(),
        torch.cat([kernels.tangent for kernels in drawn]).double(),
        len(seeds),
    )


def moments(nngp, tangent, seeds):
    """Mean and mean square of kernels [S·R, n, n] over the R networks of each of S seeds.

    And the mean over every other network, so that halves of them can be held against each other.
    """
    of_a_seed = {
        "nngp": nngp.unflatten(0, (seeds, -1)),
        "tangent": tangent.unflatten(0, (seeds, -1)),
    }
    means = {name: kernel.mean(1) for name, kernel in of_a_seed.items()}
    squares = {f"{name} squared": kernel.square().mean(1) for name, kernel in of_a_seed.items()}
    halves = {f"half of {name}": kernel[:, ::2].mean(1) for name, kernel in of_a_seed.items()}
    return means | squares | halves


def recursion(x, activation, depth, sigma_w=None, sigma_b=SIGMA_B):
    """Both kernels in the limit of infinite width on the inputs of every seed, [S, n, n]."""
    architecture = Architecture(
        1, x.shape[-1], depth=depth, activation=activation, sigma_w=sigma_w, sigma_b=sigma_b
    )
    limits = [infinite_width_kernels(architecture, points) for points in x]
    return {name: torch.stack([getattr(k, name) for k in limits]) for name in limits[0]._fields}


def deepening(width, seeds, x, activation, sigma_b=SIGMA_B, networks=NETWORKS):
    """The same of networks with one hidden layer for every 16 units of width."""
    return initialised(width, seeds, x, activation, width // 16, sigma_b=sigma_b, networks=networks)


def ratio(mean, limit):
    """⟨K, K_∞⟩/‖K_∞‖² of the mean kernels of the seeds [S, n, n]."""
    product = torch.as_tensor(mean, device=limit.device) * limit
    return product.sum((1, 2)) / limit.square().sum((1, 2))


def found(drawn, name, limit):
    """What was found under a name, which the store keeps on the host, beside its limit."""
    return torch.as_tensor(drawn[name], device=limit.device)


def distance_of_means(drawn, kernel, limit):
    """‖E K − K_∞‖²/‖K_∞‖² without bias: the product of two halves' departures [S].

    It sees every entry, falls below 0 by chance, and has no contribution of the networks' own
    spread: the departures of the two halves are independent.
    """
    mean, half = found(drawn, kernel, limit), found(drawn, f"half of {kernel}", limit)
    product = (half - limit) * (2 * mean - half - limit)
    return product.sum((1, 2)) / limit.square().sum((1, 2))


def departure(drawn, kernel, limit):
    """RMS of K − K_∞ over entries and networks, relative to the RMS of K_∞ [S]."""
    mean, square = found(drawn, kernel, limit), found(drawn, f"{kernel} squared", limit)
    squares = (square - 2 * mean * limit + limit.square()).mean((1, 2))
    return (squares / limit.square().mean((1, 2))).sqrt()


def spread(drawn, kernel, networks=NETWORKS):
    """RMS standard deviation of an entry from network to network, relative to the mean [S]."""
    mean, square = torch.as_tensor(drawn[kernel]), torch.as_tensor(drawn[f"{kernel} squared"])
    variance = (square - mean.square()) * (networks / (networks - 1))
    return (variance.mean((1, 2)) / mean.square().mean((1, 2))).sqrt()
