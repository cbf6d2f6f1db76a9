"""Networks that have learned modular addition, and what is found in their weights.

A table is learned from a share of its cells. The networks have one hidden layer in μP, weights
decay, and gradient descent ends when nothing changes any more; what the claims look at is measured
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from widthwise.harness.measuring.shared import Shared
from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Activation,
    Dataset,
    LinearisedNetwork,
    Network,
    Parameters,
    drawn,
    modular_addition,
    mup,
    quadratic,
    relu,
    train_decayed,
)

MODULUS = 23
CHANCE = 1 / MODULUS
ADDITION, ANY_TABLE = False, True
"""What the labels are: sums, or the same labels on other cells."""
NETWORKS = "networks for modular addition"
"""The name that the seeds of all these runs derive from."""


@dataclass(frozen=True)
class Recipe:
    """How networks of one activation are trained.

    Attributes:
        units: N.
        decay: λ of the loss ½Σ(f−y)² + ½λ Σ(w/σ)².
        rate: Of gradient descent with momentum .9, over the number of cells learned from.
        steps: Its steps.
        rounds: Of conjugate gradients, after which less than 1% of any residual is left.
    """

    units: int
    decay: float
    rate: float
    steps: int
    rounds: int


RECIPES = {quadratic: Recipe(128, 0.05, 0.12, 300, 80), relu: Recipe(128, 0.05, 0.25, 300, 40)}


def table(seeds: Seeds, share: float, labels: bool) -> Dataset:
    """A share of the table to learn from and the rest, drawn anew for every seed."""
    cells = round(share * MODULUS**2)
    return drawn(partial(modular_addition, MODULUS, cells, random_labels=labels), seeds)


def untrained(seeds: Seeds, mlp: Callable[..., Network], activation: Activation) -> Network:
    """Networks at the start."""
    return mlp(
        RECIPES[activation].units,
        seeds,
        input_dim=2 * MODULUS,
        output_dim=MODULUS,
        depth=1,
        activation=activation,
        parametrization=mup,
    )


def trained(start: Network, data: Dataset) -> Network:
    """The networks after training."""
    recipe = RECIPES[start.architecture.activation]
    x, y = data.x_train, data.y_train
    rate = recipe.rate / x.shape[1]
    run = train_decayed(start, x, y, steps=recipe.steps, rate=rate, decay=recipe.decay)
    return run.final


def accuracy(outputs: Tensor, y: Tensor) -> Tensor:
    """Share of inputs whose largest output is that of their class [S]."""
    return (outputs.argmax(-1) == y.argmax(-1)).double().mean(1)


def others_above(outputs: Tensor, y: Tensor) -> Tensor:
    """Share of the other answers that are given more than the right one, over inputs [S]."""
    right = outputs.gather(2, y.argmax(2, keepdim=True))
    return (outputs > right).double().sum(2).mean(1) / (MODULUS - 1)


def by_own_kernel(about: Network, data: Dataset) -> Tensor:
    """Regression with networks' own tangent kernel, all outputs together: on test cells [S, m, p].

    What the expansion about these weights learns, without the outputs that it starts from, on the
    networks' loss, in which the way from the weights is what costs: the ridge. Solved by conjugate
    gradients (Hestenes & Stiefel 1952).

    Raises:
        ArithmeticError: More than 1% of the residual is left.
    """
    architecture = about.architecture
    recipe = RECIPES[architecture.activation]
    variances = [scale.deviation**2 for scale in architecture.scales]
    model = LinearisedNetwork(about)

    def along(dual: Tensor, x: Tensor) -> Tensor:
        return model(x, model.gradient(data.x_train, dual).times(variances)) - about(x)

    dual, left = torch.zeros_like(data.y_train), data.y_train
    way, before = left, inner(left, left)
    first = before
    for _ in range(recipe.rounds):
        image = along(way, data.x_train) + recipe.decay * way
        step = before / inner(way, image)
        dual, left = dual + step * way, left - step * image
        now = inner(left, left)
        way, before = left + now / before * way, now
    worst = float((before / first).sqrt().max())
    if not worst < 0.01:
        raise ArithmeticError(f"{worst:.1%} of the residual is left after {recipe.rounds} rounds")
    return along(dual, data.x_test)


def inner(one: Tensor, other: Tensor) -> Tensor:
    """Products of outputs, network by network [S, 1, 1]."""
    return (one * other).sum((1, 2), keepdim=True)


def waves(network: Network) -> tuple[Tensor, Tensor, Tensor]:
    """Weights of each unit over the first summand, the second, and the answers, each [S, p, N]."""
    first, last = network.weights
    return first[:, :MODULUS], first[:, MODULUS:], last.mT


def spectrum(wave: Tensor) -> Tensor:
    """Fourier coefficients at the frequencies 1 … (p−1)/2 [S, (p−1)/2, N]."""
    return torch.fft.rfft(wave, dim=1)[:, 1:]


def power(network: Network) -> Tensor:
    """Power of each unit's embedding of both summands, by frequency [S, (p−1)/2, N]."""
    first, second, _ = (spectrum(wave).abs().square() for wave in waves(network))
    return first + second


def share_of_one_frequency(network: Network) -> Tensor:
    """Share of the embedding's power that lies at its unit's strongest frequency [S]."""
    found = power(network).double()
    return found.amax(1).sum(1) / found.sum((1, 2))


def phases_that_add_up(network: Network) -> Tensor:
    """Mean cosine of φ_c − φ_a − φ_b at each unit's own frequency, by the power there [S]."""
    own = power(network).argmax(1, keepdim=True)
    first, second, answer = (spectrum(wave).gather(1, own)[:, 0] for wave in waves(network))
    product = (answer * first.conj() * second.conj()).to(torch.complex128)
    return product.real.sum(1) / product.abs().sum(1)


def filtered(network: Network, keep: bool) -> Network:
    """The networks with nothing but each unit's own frequency in its weights, or all but that.

    The mean of a wave stays.
    """
    own = torch.nn.functional.one_hot(power(network).argmax(1), MODULUS // 2).mT
    mask = own if keep else 1 - own
    whole = torch.cat((torch.ones_like(mask[:, :1]), mask), 1)
    first, second, answer = (
        torch.fft.irfft(torch.fft.rfft(wave, dim=1) * whole, n=MODULUS, dim=1)
        for wave in waves(network)
    )
    weights = torch.cat((first, second), 1), answer.mT.contiguous()
    return replace(network, parameters=Parameters(weights, network.biases))


def found_in(
    seeds: Seeds, mlp: Callable[..., Network], activation: Activation, share: float, labels: bool
) -> Mapping[str, Tensor]:
    """What the claims look at, of networks trained on a share of the table."""
    start = untrained(seeds, mlp, activation)
    data = table(seeds, share, labels).to(device=start.device)
    sums = table(seeds, share, ADDITION).to(device=start.device)
    end = trained(start, data)

    def right(network: Network) -> Tensor:
        return accuracy(network(data.x_test), data.y_test)

    return {
        "learned": accuracy(end(data.x_train), data.y_train),
        "right": right(end),
        "right of sums by kernel": accuracy(by_own_kernel(end, sums), sums.y_test),
        "one frequency": share_of_one_frequency(end),
        "phases": phases_that_add_up(end),
        "right with one frequency": right(filtered(end, keep=True)),
        "right without it": right(filtered(end, keep=False)),
    }


def seen(
    shared: Shared,
    seeds: Seeds,
    mlp: Callable[..., Network],
    activation: Activation,
    share: float,
    labels: bool,
) -> Mapping[str, NDArray[Any]]:
    """What `found_in` returns, measured once for all claims about the same networks."""
    return shared(found_in, seeds=seeds, mlp=mlp, activation=activation, share=share, labels=labels)
