"""Whether the identity has a small volume, and what that means for learning it."""

import functools

import pytest
import torch

from widthwise.harness import Bounded, Control, Over, Source, WidthList, claim
from widthwise.models import (
    Architecture,
    drawn,
    fit,
    infinite_width_kernels,
    kernel_rate,
    linear,
    log_marginal_likelihood,
    odd_digits,
    relu,
    sphere,
)
from widthwise.models.networks.randomness import generator_of

SAID = Source(
    "Comments on random sampling",
    "the reply that distinguishes large volume from simplicity, on the identity function",
)
ONE_EXAMPLE = "Zhang et al. 2020 (arXiv:1902.04698): networks of one example, identity or constant"
INPUTS, NOISE = 16, 0.01
"""Inputs whose images are known, and the variance of the noise on them, of inputs of variance 1."""
WIDTH, ASKED = 256, 64
VOLUMES = "volumes of the identity and of its rivals"
in_depth = pytest.mark.parametrize("depth", [1, 3, 6], ids=["depth1", "depth3", "depth6"])


def digits(points, *, seed):
    """Images of digits at 4×4 pixels."""
    return odd_digits(n_train=points, n_test=ASKED, seed=seed)


def random_points(points, *, seed):
    """Points on the sphere of radius 4 in R^16."""
    return sphere(points, ASKED, 16, seed=seed)


on_inputs = pytest.mark.parametrize("inputs", [digits, random_points], ids=["digits", "sphere"])


def itself(x, seed):  # noqa: ARG001 - as the others are called
    """What the identity gives [n, d]."""
    return x


def the_first(x, seed):  # noqa: ARG001
    """What a constant gives: the first input for all of them [n, d]."""
    return x[:1].expand_as(x)


def shuffled(x, seed):
    """What the identity gives, in another order [n, d]."""
    return x[torch.randperm(len(x), generator=generator_of(seed))]


def shuffled_anew(x, seed):
    """The same in yet another order [n, d]."""
    return shuffled(x, seed ^ 1)


def advantage(points, seeds, inputs, depth, activation, ours, theirs):
    """Log of how much likelier one table is than another in the prior, per number in it [S]."""
    data = drawn(functools.partial(inputs, points), seeds, dtype=torch.float64)
    architecture = Architecture(1, data.input_dim, depth=depth, activation=activation)
    found = []
    for seed, x in zip(seeds, data.x_train, strict=True):
        kernel = infinite_width_kernels(architecture, x).nngp
        kernel = kernel / kernel.diagonal().mean()
        first, second = (
            log_marginal_likelihood(kernel.expand(x.shape[1], -1, -1), table(x, seed).T, NOISE)
            for table in (ours, theirs)
        )
        found.append((first - second).sum() / x.numel())
    return torch.stack(found)


@claim(
    provenance="made",
    source=SAID,
    references=(ONE_EXAMPLE,),
    prediction=Bounded(low=0.1),
    control=Control("Linear networks.", activation=linear),
    over=Over("points", (16, 64), quick=2),
    seeds_of=VOLUMES,
)
@on_inputs
@in_depth
def test_identity_has_less_volume_than_a_constant(points, seeds, inputs, depth, activation=relu):
    """The identity has a smaller volume than a constant, the more so the deeper the network.

    Statement
        In the prior of wide networks of ReLU with as many outputs as inputs, outputs that repeat
        the inputs are less likely than outputs that repeat the first of them, by a tenth of a nat
        or more per number.
    Setting
        16 and 64 images of digits at 4×4 pixels, or points of the sphere in R^16, drawn for every
        seed; the NNGP kernel of one, three or six hidden layers without biases, scaled to a mean
        diagonal of 1, with noise of variance .01; every output is drawn for itself.
    Measure
        Log likelihood of the constant less that of the identity, over the number of outputs.
    Tolerance
        At least .1. Of linear networks the constant is the one that is unlikely, by 9 nats and
        more.
    Does not show
        That this is due to the identity and not to ReLU, whose units have a mean: with erf, which
        is odd, the constant is less likely, by more than a nat at any of these depths. That the
        identity is unlikely for what it is (identity_has_more_volume_than_other_orders).
    """
    return advantage(points, seeds, inputs, depth, activation, the_first, itself)


@claim(
    provenance="background",
    source=SAID,
    references=(ONE_EXAMPLE,),
    prediction=Bounded(low=0.5),
    control=Control("Two other orders.", ours=shuffled_anew),
    over=Over("points", (32, 64), quick=2),
    seeds_of=VOLUMES,
)
@on_inputs
@in_depth
def test_identity_has_more_volume_than_other_orders(points, seeds, inputs, depth, ours=itself):
    """Of functions that take the same values on the same inputs, the identity has a large volume.

    Statement
        In the prior of wide networks of ReLU, outputs that repeat the inputs are likelier than the
        same outputs in another order, by half a nat or more per number. Among functions of as many
        different values the identity is no exception to the rule that simple ones are likely.
    Setting
        As in identity_has_less_volume_than_a_constant, with 32 and 64 points, and an order drawn
        for every seed.
    Measure
        Log likelihood of the identity less that of the other order, over the number of outputs.
    Tolerance
        At least .5; between two other orders it is 0 in the mean.
    Does not show
        That no order has more.
    """
    return advantage(points, seeds, inputs, depth, relu, ours, shuffled)


def alike(left, right):
    """The cosine of two tables of outputs [S]."""
    left, right = left.flatten(1), right.flatten(1)
    return (left * right).sum(1) / (left.norm(dim=1) * right.norm(dim=1))


@claim(
    provenance="made",
    source=SAID,
    references=(ONE_EXAMPLE,),
    prediction=Bounded(low=0.2),
    control=Control("Linear networks.", activation=linear),
    over=WidthList((WIDTH,)),
    seeds_of="networks that have seen one example of the identity",
)
@on_inputs
@pytest.mark.parametrize("depth", [3, 6], ids=["depth3", "depth6"])
def test_identity_is_hard_to_learn(width, seeds, mlp, inputs, depth, activation=relu):
    """Deep networks that have seen one example of the identity take it for a constant.

    Statement
        Trained to repeat one input, deep networks of ReLU answer new inputs with what is more like
        that one than like the new ones: the cosine with the constant is larger by .2 or more.
    Setting
        256 units and three or six hidden layers in the NTK parametrization, 16 inputs and outputs,
        one image of a digit or point of the sphere, trained to 1% of the residual with a momentum
        of .9; 64 new inputs.
    Measure
        Cosine of all outputs with those of the constant, less that with those of the identity.
    Tolerance
        At least .2. Linear networks answer with the one input times its product with the new one,
        so that neither is more like it in the mean. With one hidden layer the difference is .27.
    Does not show
        The same of convolutional networks, which may learn the identity from one image, nor of more
        examples.
    """
    data = drawn(functools.partial(inputs, 1), seeds)
    start = mlp(width, seeds, input_dim=16, output_dim=16, depth=depth, activation=activation)
    data = data.to(device=start.device)
    x, asked = data.x_train, data.x_test
    rate = 0.5 * kernel_rate(start, x)
    outputs = fit(start, x, x, rate=rate, momentum=0.9)(asked)
    return alike(outputs, x.expand_as(asked)) - alike(outputs, asked)
