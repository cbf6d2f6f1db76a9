"""Networks before and after training, and what tools of interpretability say of their units.

A tool is asked twice, of the same units before and after training. What it reads is a function of
the latent: what the labels say, on inputs that no training sees.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from widthwise.harness.measuring.shared import Shared
from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Dataset,
    Network,
    Parameters,
    Parametrization,
    contributions,
    drawn,
    hidden_directions,
    kernel_regression,
    nngp_kernel,
    odd_digits,
    relu,
    rms,
    single_index,
    tangent_kernel,
)
from widthwise.models.networks.randomness import generator_of

from ..lazy_training.runs import convergence

SEEDS = "networks that are looked into"
"""The name that the seeds of all these runs derive from."""

DIMENSION, TRAINING, FRESH = 16, 96, 128
"""Of the hidden direction's inputs; fewer than d²/2, with which a kernel would learn it."""

ONE_IN = 64
"""Of so many units, the one that goes best with the latent."""

PROBE = 1.0
"""The ridge of a linear probe, relative to the units' mean square."""

Draw = Callable[[Seeds], Dataset]
"""Draws one data set per seed."""


def hidden_quadratic(seeds: Seeds) -> Dataset:
    """He_2(u·x)/√2 of a hidden direction u in R^16: 96 points, and 128 fresh ones."""
    return drawn(functools.partial(single_index, DIMENSION, TRAINING, FRESH), seeds)


def directions(seeds: Seeds) -> Tensor:
    """The hidden directions of `hidden_quadratic` [S, d]."""
    return torch.stack([hidden_directions(DIMENSION, 1, seed=seed)[:, 0] for seed in seeds])


def odd_or_even(seeds: Seeds) -> Dataset:
    """64 images of handwritten digits at 4×4 pixels, odd or even, and 128 fresh ones."""
    return drawn(functools.partial(odd_digits, n_test=FRESH), seeds)


def told(labels: Tensor) -> Tensor:
    """The labels as they are."""
    return labels


def shuffled(labels: Tensor) -> Tensor:
    """The labels in another order [S, n]."""
    order = torch.randperm(labels.shape[1], generator=generator_of(0))
    return labels[:, order.to(labels.device)]


def networks(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Draw,
    parametrization: Parametrization,
    labels: Callable[[Tensor], Tensor],
) -> tuple[Network, Network, Dataset]:
    """Networks of one hidden layer of ReLU, asked to change by labels of rms 1, to 1%."""
    own = data(seeds)
    before = mlp(
        width,
        seeds,
        input_dim=own.input_dim,
        depth=1,
        activation=relu,
        parametrization=parametrization,
    )
    own = own.to(device=before.device)
    x = own.x_train
    return before, convergence(before, x, before(x) + labels(own.y_train)), own


def looked_into(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Draw,
    parametrization: Parametrization,
    labels: Callable[[Tensor], Tensor],
) -> dict[str, Tensor]:
    """What tools say of units after training and said before.

    Returns:
        By tool, how far its answer moves ("probe moves", …), and by how much what it has of
        the latent grows ("probe gains", …), each [S].
    """
    before, after, own = networks(width, seeds, mlp, data, parametrization, labels)
    x, latent = own.x_test, centred(own.y_test)
    units = [network.activations(x)[-1] for network in (before, after)]
    added = [contributions(*pair) for pair in zip((before, after), units, strict=True)]
    found = {"attribution moves": rms(added[1] - added[0]) / rms(added[0])}
    first, then = map(centred, units)
    was, now = probe(first, latent), probe(then, latent)
    found["probe moves"] = rms(now - was) / rms(latent)
    found["probe gains"] = explained(now, latent) - explained(was, latent)
    was, now = selectivity(first, latent), selectivity(then, latent)
    found["selectivity moves"] = rms(now - was)
    found["selectivity gains"] = of_the_best(now) - of_the_best(was)
    was, now = maximising(before), maximising(after)
    found["maximising input moves"] = (now - was).square().sum(1).mean(1).sqrt()
    return found | patched(before, after, own, labels(own.y_train))


def patched(before: Network, after: Network, own: Dataset, y: Tensor) -> dict[str, Tensor]:
    """What trained networks answer with the units of the start, against what theory says.

    Returns:
        On fresh inputs, the rms difference from the part of the answer that the readout's kernel
        gives ("patched off the readout's part"), and from all of it ("patched off the whole"); and
        what is lost ("lost"), all relative to what was learned, each [S].
    """
    fresh, n = own.x_test, own.x_train.shape[1]
    hidden, readout = before.weights[0], after.weights[1]
    mixed = replace(after, parameters=Parameters((hidden, readout)))
    theta, of_readout = (kernel(before, own.x).double() for kernel in (tangent_kernel, nngp_kernel))
    answers = {
        name: kernel_regression(theta[:, :n, :n], kernel[:, n:, :n], y.double())
        for name, kernel in {"the readout's part": of_readout, "the whole": theta}.items()
    }
    kept, learned = mixed(fresh) - before(fresh), after(fresh) - before(fresh)
    off = {f"patched off {name}": kept - answer for name, answer in answers.items()}
    return {
        name: rms(part) / rms(learned) for name, part in (off | {"lost": learned - kept}).items()
    }


def centred(values: Tensor) -> Tensor:
    """Less their mean over the inputs [S, n, …]."""
    return values - values.mean(1, keepdim=True)


def probe(units: Tensor, latent: Tensor) -> Tensor:
    """What a linear probe reads of the latent, on the half of the inputs that it is not fitted to.

    Args:
        units: Of each input, centred [S, n, N].
        latent: On each input, centred [S, n].

    Returns:
        On each input [S, n].
    """
    gram = torch.bmm(units, units.mT).double() / units.square().sum(2).mean(1)[:, None, None]
    half = units.shape[1] // 2
    one, other = slice(half), slice(half, None)
    read = [
        kernel_regression(gram[:, by, by], gram[:, on, by], latent[:, by].double(), ridge=PROBE)
        for on, by in ((one, other), (other, one))
    ]
    return torch.cat(read, 1)


def explained(read: Tensor, latent: Tensor) -> Tensor:
    """R² of what a tool reads of the latent [S]."""
    return 1 - (read - latent).square().mean(1) / latent.square().mean(1)


def selectivity(units: Tensor, latent: Tensor) -> Tensor:
    """The correlation of each unit with the latent over the inputs [S, N]; 0 of a silent unit."""
    along = torch.bmm(units.mT, latent[..., None])[..., 0]
    size = units.norm(dim=1) * latent.norm(dim=1)[:, None]
    return along / size.clamp_min(torch.finfo(size.dtype).tiny)


def of_the_best(correlations: Tensor) -> Tensor:
    """The mean size of the largest, one unit in `ONE_IN` [S]."""
    count = correlations.shape[1] // ONE_IN
    return correlations.abs().topk(count, 1).values.mean(1)


def maximising(network: Network) -> Tensor:
    """The input of unit length that makes each unit of the first layer largest [S, d, N]."""
    weights = network.weights[0]
    return weights / weights.norm(dim=1, keepdim=True)


def seen(
    shared: Shared,
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Draw,
    parametrization: Parametrization,
    labels: Callable[[Tensor], Tensor] = told,
) -> dict[str, NDArray[Any]]:
    """What `looked_into` returns, measured once for all claims about the same runs."""
    return shared(
        looked_into,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        parametrization=parametrization,
        labels=labels,
    )
