"""What law trained networks have over their initialisations, and whose posterior it is not."""

import pytest
import torch

from widthwise.harness import Control, Limit, Source, Verdict, WidthList, claim
from widthwise.models import Architecture, erf, fit
from widthwise.models.kernels.gaussian_process import posterior
from widthwise.models.kernels.infinite_width import InfiniteWidthKernels, infinite_width_kernels
from widthwise.models.kernels.kernel_dynamics import ridge, trained_ensemble
from widthwise.models.networks.randomness import split_seeds

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on the prior over data, on the posterior mean of a Gaussian process",
)
LEE = (
    "Lee et al. 2019, equation (16) (infinite width, gradient flow; the law is "
    "that of no posterior)",
)
NETWORKS, GAIN = 4, 2.0
SEEDS_OF = "ensembles of trained networks"
everywhere = pytest.mark.parametrize("data", ["random_labels", "hidden_direction"], indirect=True)


def limits(x):
    """Both limiting kernels on the inputs of every seed [S, n + m, n + m]."""
    architecture = Architecture(1, x.shape[-1], depth=1, activation=erf, sigma_w=GAIN)
    found = [infinite_width_kernels(architecture, points) for points in x.double()]
    return InfiniteWidthKernels(*(torch.stack(kernels) for kernels in zip(*found, strict=True)))


def ensemble(width, seeds, mlp, data):
    """Variance of a seed's trained networks at its new inputs, over what is predicted, by whom."""
    drawn = data(seeds)
    x, y = (part.repeat_interleave(NETWORKS, 0) for part in (drawn.x_train, drawn.y_train))
    network = mlp(
        width,
        split_seeds(seeds, NETWORKS),
        input_dim=drawn.input_dim,
        depth=1,
        activation=erf,
        sigma_w=GAIN,
    )
    trained = fit(network, x, y)
    outputs = trained(drawn.x_test.repeat_interleave(NETWORKS, 0)).double()
    outputs = outputs.unflatten(0, (len(seeds), NETWORKS))
    kernels, labels = limits(drawn.x), drawn.y_train.double()
    n = labels.shape[1]
    right = {
        "posterior": of_points(posterior(kernels.tangent, labels).covariance),
        "law": of_points(trained_ensemble(kernels, labels, ridge(0.0)).covariance[:, 0])[:, n:],
    }
    found = outputs.var(1).mean(1)
    return {name: found / variance.mean(1) for name, variance in right.items()}


def of_points(covariance):
    """Variances [..., n]."""
    return covariance.diagonal(dim1=-2, dim2=-1)


def seen(width, seeds, mlp, data, shared, what):
    """What `ensemble` finds, from runs that all claims share."""
    return shared(ensemble, width=width, seeds=seeds, mlp=mlp, data=data)[what]


@claim(
    provenance="background",
    source=HERE,
    references=LEE,
    prediction=Limit(1, tolerance=0.25),
    control=Control("The variance of the posterior under Θ.", what="posterior"),
    over=WidthList((128,)),
    seeds_of=SEEDS_OF,
)
@everywhere
def test_ensembles_have_a_law_of_their_own(width, seeds, mlp, data, shared, what="law"):
    """The variance of trained wide networks is that of a law which is no posterior.

    Statement
        With A = Θ(x, X)Θ(X, X)⁻¹, training leaves f_0(x) − A f_0(X), whose variance is
        K(x, x) + A K Aᵀ − 2 A K(X, x) with the NNGP kernel K.
    Setting
        One hidden layer of erf with σ_w = 2, trained on Y itself to 1%; data drawn for every seed,
        four networks of width 128 each. The variance at new inputs over the predicted one, both
        averaged over the inputs.
    Measure
        Variance of trained networks at new inputs, over the one that is predicted.
    Tolerance
        ±.25, less than a third of the way to the rival, the posterior's variance under Θ, of
        which the networks have a sixth. What is left of f_0 at 1% is 10⁻⁴ of its variance on
        the training inputs.
    Does not show
        That it is Gaussian.
    """
    return seen(width, seeds, mlp, data, shared, what)


@claim(
    provenance="made",
    source=Source(
        "Neural Tangent Kernel Distillation",
        "the introduction, on the neural network as doing Bayesian inference",
    ),
    references=LEE,
    prediction=Limit(1, tolerance=0.25),
    expect=Verdict.REFUTED,
    control=Control("The law that Lee et al. derive.", what="law"),
    over=WidthList((128,)),
    seeds_of=SEEDS_OF,
)
@everywhere
def test_ensembles_are_draws_from_the_posterior(width, seeds, mlp, data, shared, what="posterior"):
    """Trained wide networks vary as the posterior of the Gaussian process with kernel Θ does.

    Statement
        Read to the letter, training a network is Bayesian inference with the prior N(0, Θ), so
        that over initialisations it has the posterior's variance.
    Correction
        Of the mean that is right (highest_prior_labels_are_kernel_regression). Around it, what is
        left is the start, drawn with the NNGP kernel and carried by Θ
        (ensembles_have_a_law_of_their_own): neither kernel's posterior.
    Setting
        As in ensembles_have_a_law_of_their_own, over the variance of the posterior under Θ.
    Measure
        Variance of trained networks at new inputs, over the posterior's.
    Tolerance
        ±.25, as there.
    Does not show
        That no training samples a posterior: readouts trained alone do, under K.
    """
    return seen(width, seeds, mlp, data, shared, what)
