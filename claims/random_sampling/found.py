"""Functions that training finds on inputs that were not seen, beside the posterior over them."""

from typing import NamedTuple

import torch
from torch import Tensor

from widthwise.models import (
    Architecture,
    UnfinishedTrainingError,
    boolean_cube,
    infinite_width_kernels,
    kernel_rate,
    relu,
    split_seeds,
    train_minibatch,
)
from widthwise.models.kernels.positive_definite import cholesky
from widthwise.models.networks.randomness import generator_of
from widthwise.models.sampling.sign_posterior import inverse_temperature, sign_posterior, signs_of

BITS, SEEN, UNSEEN = 5, 16, 16
DEPTH, SIGMA_B = 2, 0.5
NETWORKS, DRAWN, MIXED = 32, 64, 16
FITTED = 0.99 * SEEN**-0.5
"""An rms residual, in units of the targets, that leaves no sign of a training point wrong."""


class Task(NamedTuple):
    """What networks learn and what they are asked then, seed by seed.

    Attributes:
        x: inputs, first those that are seen [S, SEEN + UNSEEN, d].
        labels: ±1 of those [S, SEEN].
        kernel: the NNGP kernel of the networks on all of them [S, SEEN + UNSEEN, …].
    """

    x: Tensor
    labels: Tensor
    kernel: Tensor


def prior_covariance(x):
    """The NNGP kernel of the networks that are trained here, on inputs [n, d]."""
    architecture = Architecture(1, x.shape[1], depth=DEPTH, activation=relu, sigma_b=SIGMA_B)
    return infinite_width_kernels(architecture, x.double().cpu()).nngp


def of_bits(seeds, odd_digits):
    """Half of the cube, labelled by a function that the prior draws, and its other half.

    Functions with fewer than four labels of either sign among the seen are passed over.
    """
    del odd_digits
    cube = boolean_cube(BITS)
    kernel = prior_covariance(cube)
    factor = cholesky(kernel)
    orders, labels = [], []
    for seed in seeds:
        own = generator_of(seed)
        seen = torch.zeros(SEEN)
        order = torch.arange(len(cube))
        while not 4 <= int((seen > 0).sum()) <= SEEN - 4:
            order = torch.randperm(len(cube), generator=own)
            drawn = factor @ torch.randn(len(cube), generator=own, dtype=factor.dtype)
            seen = signs_of(drawn[order[:SEEN]])
        orders.append(order)
        labels.append(seen)
    kernels = torch.stack([kernel[order][:, order] for order in orders])
    return Task(cube[torch.stack(orders)], torch.stack(labels), kernels)


def of_images(seeds, odd_digits):
    """Images of handwritten digits, +1 odd and −1 even."""
    data = odd_digits(seeds)
    x = data.x_train[:, : SEEN + UNSEEN].cpu()
    kernels = torch.stack([prior_covariance(points) for points in x])
    return Task(x, data.y_train[:, :SEEN].double().cpu(), kernels)


def by_sgd(network, x, y, size):
    """Stochastic gradient descent in batches of four at half of 1/λ_max until all signs fit."""
    return train_minibatch(
        network,
        x,
        y,
        rate=kernel_rate(network, x) / 2,
        epochs=2000,
        batch_size=4,
        tolerance=FITTED * size,
    )


def functions_found(width, seeds, mlp, task, train, size):
    """Signs on unseen inputs of networks that fit, trained on targets ±size [S, NETWORKS, m]."""
    every = split_seeds(seeds, NETWORKS)
    network = mlp(
        width, every, input_dim=task.x.shape[2], depth=DEPTH, activation=relu, sigma_b=SIGMA_B
    )
    x = task.x.to(network.device, network.dtype).repeat_interleave(NETWORKS, 0)
    y = task.labels.to(x).repeat_interleave(NETWORKS, 0)
    run = train(network, x[:, :SEEN], size * y, size)
    if not bool(run.converged.all()):
        raise UnfinishedTrainingError("networks have not fitted all signs")
    signs = signs_of(run.final(x)[:, SEEN:])
    return signs.double().cpu().unflatten(0, (len(seeds), NETWORKS))


def bits_of_different_networks(functions, own):
    """Functions put together of bits that different networks have found [NETWORKS, m]."""
    order = torch.rand(functions.shape, generator=own).argsort(0)
    return functions.gather(0, order)


def found(width, seeds, mlp, odd_digits, task, train, size):
    """What sets the functions that training finds apart from those that the posterior draws.

    "log of inverse temperature": log₂ β of P_B^β; "over independent bits": by how many nats a
    function is likelier under P_B than under independent bits of its marginals; "over …, bits
    shuffled": the same of bits of different networks.
    """
    known = task(seeds, odd_digits)
    functions = functions_found(width, seeds, mlp, known, train, size)
    rows = []
    for seed, kernel, labels, signs in zip(
        seeds, known.kernel, known.labels, functions, strict=True
    ):
        own = generator_of(seed ^ 1)
        posterior = sign_posterior(kernel, labels, seed=seed % 2**31)
        bits = posterior.log_bits()
        mixed = bits_of_different_networks(signs, own)[:MIXED]
        drawn = posterior.sample(DRAWN, own)
        every = posterior.log_probability(torch.cat((signs, mixed, drawn)))
        alone = (bits[0] * (signs < 0) + bits[1] * (signs > 0)).sum(1).mean()
        here, there, others = every.split((NETWORKS, MIXED, DRAWN))
        beta = inverse_temperature(here, others)
        rows.append(
            torch.stack((here.mean() - alone, there.mean() - alone, here.new_tensor(beta).log2()))
        )
    names = (
        "over independent bits",
        "over independent bits, bits shuffled",
        "log of inverse temperature",
    )
    return dict(zip(names, torch.stack(rows, 1), strict=True))
