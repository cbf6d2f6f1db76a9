"""Whose gradient the kernel is: how much of it the last layer has."""

import pytest

from widthwise.harness import Control, Limit, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import ntk, relu, standard_fixed_rate, tangent_kernel

HERE = Source(
    "Parsing Chris Mingard on Neural Networks",
    "the comment of 15 May 2021 on the NNGP, on an NTK limit that passes the gradient on",
)
everywhere = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def share_of_the_readout(width, seeds, mlp, data, depth, parametrization):
    """Of Θ(x, x), summed over the training inputs, what the last layer's weights make [S]."""
    x = data(seeds).x_train
    network = mlp(
        width,
        seeds,
        input_dim=x.shape[-1],
        depth=depth,
        activation=relu,
        parametrization=parametrization,
    )
    *_, units = network.features(x).values()
    scale = network.architecture.weight_scales[-1]
    own = scale.rate * scale.multiplier**2 * units.square().sum((1, 2))
    whole = tangent_kernel(network, x).diagonal(dim1=1, dim2=2).sum(1)
    return own / whole


@claim(
    provenance="made",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 1: the recursion, to which each layer adds",),
    prediction=Limit(1, tolerance=0.15),
    expect=Verdict.REFUTED,
    control=Control(
        "Weights of variance 1/N and one rate for all layers.", parametrization=standard_fixed_rate
    ),
    over=Widths(64, 1024),
)
@everywhere
def test_the_last_layer_gets_all_the_gradient(width, seeds, mlp, data, parametrization=ntk):
    """In the NTK limit all of the gradient goes to the last layer.

    Statement
        Of Θ(x, x), the squared length of the gradient in the coordinates that training moves in,
        the last layer's weights have all in the limit, so that the network is a linear model of
        what they read.
    Correction
        They have 1/(L + 1) with ReLU and L hidden layers (the_last_layer_gets_its_share): every
        layer has the same. A linear model it is, but of the gradients of all layers. With one
        learning rate for weights of variance 1/N the sentence holds of one hidden layer
        (one_rate_gives_the_last_layer_all_but_inverse_width).
    Setting
        One hidden layer of ReLU without biases, in the NTK parametrization; 32 points or 64 images,
        drawn for every seed. The measure is the last layer's part of the trace of Θ on the
        training inputs, over the trace.
    Tolerance
        ±.15, less than a third of the way to the rival, ½.
    Does not show
        What is left of a function if the last layer alone is trained
        (ensembles_average_to_the_posterior_mean tells the two apart).
    """
    return share_of_the_readout(width, seeds, mlp, data, 1, parametrization)


@claim(
    provenance="implied",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 1; for ReLU at √2 the derivative's kernel is 1 on it",),
    prediction=Limit(0, tolerance=0.1),
    control=Control(
        "Weights of variance 1/N and one rate for all layers.", parametrization=standard_fixed_rate
    ),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("depth", [1, 2, 3], ids=["L=1", "L=2", "L=3"])
@everywhere
def test_the_last_layer_gets_its_share(width, seeds, mlp, data, depth, parametrization=ntk):
    """In the NTK parametrization every layer of a ReLU network has an equal share of Θ.

    Statement
        With ReLU at its customary gain a layer passes on signals as large as it gets them, forwards
        and backwards, so that every layer of weights adds as much to Θ(x, x): 1/(L + 1) of it.
    Setting
        As in the_last_layer_gets_all_the_gradient, with one, two and three hidden layers. The
        measure is L + 1 times the last layer's share, less 1.
    Tolerance
        ±.1, less than a third of the way to the nearest rival, a share of 1/L, which is 1/L more,
        .33 at L = 3.
    Does not show
        The same off the diagonal: at other pairs of inputs deeper kernels fall faster.
    """
    share = share_of_the_readout(width, seeds, mlp, data, depth, parametrization)
    return (depth + 1) * share - 1


@claim(
    provenance="implied",
    source=HERE,
    references=("Yang & Hu 2021, section 3: abc-parametrizations",),
    prediction=PowerLaw(-1, correction=0.15),
    control=Control("In the NTK parametrization the layers share.", parametrization=ntk),
    over=Widths(64, 4096),
)
@everywhere
def test_one_rate_gives_the_last_layer_all_but_inverse_width(
    width, seeds, mlp, data, parametrization=standard_fixed_rate
):
    """With one rate for weights of variance 1/N, one hidden layer has 1/N of the kernel.

    Statement
        Read of networks as they are commonly initialised, with one learning rate for all weights,
        the sentence holds of one hidden layer: the last layer's weights, which read N units, have
        all of Θ(x, x) but a share O(1/N).
    Setting
        As in the_last_layer_gets_all_the_gradient, with hidden weights of variance 2/d, last ones
        of variance 2/N and no other factors. The measure is what the share leaves to 1.
    Tolerance
        ±.15, less than a third of the way to the rivals −½ and 0. The measure is a ratio of two
        sums over units, whose mean is off by their variance, some 6/N: D = .15 at N = 64.
    Does not show
        That such networks have a limit: at a fixed rate they diverge with the width.
    """
    return 1 - share_of_the_readout(width, seeds, mlp, data, 1, parametrization)
