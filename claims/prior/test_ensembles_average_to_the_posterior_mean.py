"""What trained networks are on average over their initialisations: kernel regression, and whose."""

import functools

import pytest
import torch

from widthwise.harness import Bounded, Control, Source, WidthList, claim
from widthwise.models import (
    Dense,
    Parameters,
    erf,
    fit,
    infinite_channel_kernels,
    infinite_width_kernels,
    kernel_regression,
    relu,
    split_seeds,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on the prior over data, on the posterior mean of a Gaussian process",
)
NETWORKS = 4
GAIN = {relu: None, erf: 2.0}


def with_the_other_sign(network):
    """The same networks with the readout −w: as likely, with outputs −f_0 and the same kernel."""

    def readout(layers):
        return (*(torch.zeros_like(layer) for layer in layers[:-1]), *layers[-1:])

    parts = network.parameters
    return network.displaced(Parameters(readout(parts.weights), readout(parts.biases)), -2.0)


def posterior_means(drawn, architecture):
    """Θ(x, X)Θ(X, X)⁻¹Y at new inputs, and the same with the NNGP kernel, each [S, m]."""
    y = drawn.y_train.double()
    dense = isinstance(architecture.connectivity, Dense)
    limits = infinite_width_kernels if dense else infinite_channel_kernels
    kernels = [limits(architecture, points) for points in drawn.x.double()]
    n = y.shape[1]
    both = ([each.tangent for each in kernels], [each.nngp for each in kernels])
    return [
        kernel_regression(kernel[:, :n, :n], kernel[:, n:, :n], y)
        for kernel in map(torch.stack, both)
    ]


def off(outputs, mean):
    """‖E f − mean‖² without bias, from outputs of independent networks [S, networks, m]."""
    apart = outputs - mean[:, None]
    count = apart.shape[1]
    pairs = apart.sum(1).square() - apart.square().sum(1)
    return pairs.sum(1) / (count * (count - 1))


def distances(width, seeds, model, data, depth, activation, gain):
    """How far the mean of trained networks is from either posterior mean, over their distance."""
    drawn = data(seeds)
    x, y, new = (
        part.repeat_interleave(NETWORKS, 0) for part in (drawn.x_train, drawn.y_train, drawn.x_test)
    )
    network = model(
        width,
        split_seeds(seeds, NETWORKS),
        input_dim=drawn.input_dim,
        depth=depth,
        activation=activation,
        sigma_w=gain,
    )
    twins = (network, with_the_other_sign(network))
    trained = [fit(each, x, y, steps=20_000, momentum=0.5)(new).double() for each in twins]
    outputs = torch.stack(trained).mean(0).unflatten(0, (len(seeds), NETWORKS))
    means = posterior_means(drawn, network.architecture)
    apart = (means[0] - means[1]).square().sum(1)
    return {name: off(outputs, mean) / apart for name, mean in zip("ΘK", means, strict=True)}


@claim(
    provenance="made",
    source=HERE,
    references=(
        "Lee et al. 2019, equation (15): the mean of the law of trained networks (infinite width, "
        "gradient flow)",
    ),
    prediction=Bounded(low=-0.3, high=0.3),
    control=Control("The posterior mean under the NNGP kernel.", of="K"),
    over=WidthList((512,)),
    seeds_of="networks and their twins",
)
@pytest.mark.parametrize(
    ("data", "depth", "activation"),
    [
        pytest.param("random_labels", 1, relu, id="random_labels-relu"),
        pytest.param("hidden_direction", 2, erf, id="hidden_direction-erf-depth2"),
        pytest.param("odd_digits", 1, relu, id="odd_digits-relu"),
    ],
    indirect=["data"],
)
def test_ensembles_average_to_the_posterior_mean(
    width, seeds, mlp, data, depth, activation, shared, of="Θ"
):
    """On average over initialisations, wide networks learn the posterior mean under Θ.

    Statement
        The mean of trained networks over their initialisations is Θ(x, X)Θ(X, X)⁻¹Y, the
        posterior mean of the Gaussian process with the limiting tangent kernel: as if they did
        Bayesian inference, as far as the mean goes.
    Setting
        Data drawn for every seed; four networks each, and for each a twin with the readout −w, as
        likely as itself, whose f_0 has the other sign, so that means of pairs have little noise.
        All are trained on Y itself to 1%. With m for their mean and m_Θ and m_K for the posterior
        means, the measure is ‖m − m_Θ‖² at new inputs over ‖m_Θ − m_K‖², without bias by products
        of pairs: 0 at Θ's posterior mean, 1 at the NNGP kernel's.
    Measure
        Squared distance of the networks' mean from the posterior's, in units of that between Θ's
        and the NNGP kernel's.
    Tolerance
        ±.3, less than a third of the way to that rival, which networks of frozen units have. What
        is left of f_0 at 1% has the twin's sign; kernels off by N^-1/2 move a mean by 1/N.
    Does not show
        That their variance is the posterior's: it is not (ensembles_are_draws_from_the_posterior).
    """
    run = shared(
        distances,
        width=width,
        seeds=seeds,
        model=mlp,
        data=data,
        depth=depth,
        activation=activation,
        gain=GAIN[activation],
    )
    return run[of]


@claim(
    provenance="implied",
    source=HERE,
    references=("Arora et al. 2019, section 4: the tangent kernel of infinitely many channels",),
    prediction=Bounded(low=-0.3, high=0.3),
    control=Control("The posterior mean under the NNGP kernel.", of="K"),
    over=WidthList((64,)),
    seeds_of="convolutional networks and their twins",
)
@pytest.mark.parametrize("data", ["odd_digits"], indirect=True)
def test_convolutional_ensembles_average_to_it_too(width, seeds, cnn, data, shared, of="Θ"):
    """Convolutional networks, too, learn on average the posterior mean under their kernel.

    Statement
        As in ensembles_average_to_the_posterior_mean, with the limiting tangent kernel of
        convolutional networks: only the kernel knows the architecture.
    Setting
        As there, on images of 4×4 pixels; one layer of 64 channels of erf with σ_w = 4, filters of
        3×3 with zeros beyond the edge, a readout that sees every position.
    Measure
        Squared distance of the networks' mean from the posterior's, in units of that between Θ's
        and the NNGP kernel's.
    Tolerance
        ±.3, as there.
    Does not show
        The same of readouts that average over positions: their kernels are worse conditioned, and
        training to 1% takes too long to be tried here.
    """
    run = shared(
        distances,
        width=width,
        seeds=seeds,
        model=functools.partial(cnn, image=(1, 4, 4)),
        data=data,
        depth=1,
        activation=erf,
        gain=4.0,
    )
    return run[of]
