"""Of minima of the same loss, those where the loss is flatter have more of the posterior."""

import math

import torch

from widthwise.harness import Control, Limit, Over, PowerLaw, Source, claim
from widthwise.models.networks.randomness import uniform
from widthwise.models.sampling.learning_coefficient import annealed

from .volumes import prior

COMMENT = Source(
    "Comments on theories of deep learning",
    "the comment on pieces of singular learning theory, on the importance of degeneracies",
)
WATANABE = "Watanabe 2009, chapters 6 and 7: free energy λ log n − (m − 1) log log n"
MANY, PARTICLES, MOVES = 4096, 1024, 4
EULER = 0.5772156649015329
ARMS = 2 * 0.5597735947761608  # twice the exponential integral E₁(½)
SAMPLES = Over("samples", (64, 256, 1024, 4096))


def second_minimum(seeds):
    """Where the other minimum is, between 1.3 and 1.5 by the seed [S]."""
    return torch.tensor([1.3 + 0.2 * float(uniform(seed, 1)) for seed in seeds]).double()


def followed(loss, start, seeds, number):
    """Means of a number at n = 4, 16, … 4096, by n, from points of the prior [S, C, P]."""
    samples = [4.0**k for k in range(1, 7)]
    run = annealed(loss, start, seeds, samples, MOVES, number=number)
    return {f"{n:g}": mean for n, mean in zip(samples, run.mean.T, strict=True)}


def by_posterior(seeds):
    """The share of e^(−nK)·N(0, 1), K = w⁴(w − c)², that is on the side of c, by n."""
    other = second_minimum(seeds)

    def loss(points, owner):
        return (points[:, 0].square() * (points[:, 0] - other[owner])).square()

    def beyond(points, owner, _):
        return (points[:, 0] > 2 * other[owner] / 3).double()

    return followed(loss, prior(seeds, MANY, 1), seeds, beyond)


def by_descent(seeds):
    """The share of descents from the prior that end on the side of c: no n plays a part."""
    other = second_minimum(seeds)[:, None]
    w = prior(seeds, MANY, 1)[:, :, 0]
    for _ in range(200):
        slope = 2 * w**3 * (w - other) * (3 * w - 2 * other)
        w = w - slope.clamp(-1, 1) / 20
    share = (w > 2 * other / 3).double().mean(1)
    return {f"{n:g}": share for n in SAMPLES.rungs}


@claim(
    provenance="implied",
    source=COMMENT,
    references=(WATANABE,),
    prediction=PowerLaw(-1 / 4, tolerance=0.08, correction=0.2),
    control=Control("Gradient descent from the prior: no n.", ending=by_descent),
    over=SAMPLES,
)
def test_degenerate_minima_are_preferred(samples, seeds, shared, ending=by_posterior):
    """Of two minima of the same loss the flatter one gains on the other by a power of n.

    Statement
        The posterior mass of a minimum falls as n^−λ, λ its own learning coefficient: of two
        with λ = ¼ and ½ the second has a share that falls as n^−1/4 of the first's.
    Setting
        K(w) = w⁴(w − c)² of one parameter, zero at 0, where it is quartic, and at c, where it is
        quadratic; c between 1.3 and 1.5 drawn for every seed; 4096 particles per seed that follow
        e^(−nK) from the Gaussian prior. The hill between them is at 2c/3.
    Measure
        Posterior odds of the quadratic minimum against the quartic one.
    Tolerance
        ±.08, less than a third of the way to 0 and −1/2. The next order is n^−1/2, in which the
        quartic minimum sees the prior and the other one: .1 at n = 64.
    Does not show
        That training prefers it: where descent ends does not know n. The same for networks with
        minima whose coefficients nobody knows.
    """
    share = shared(ending, seeds=seeds)[f"{samples:g}"]
    return share / (1 - share)


def near_the_crossing(seeds):
    """The share of the posterior of y = abx, truth 0, with |a| < 1 and |b| < 1, by n."""

    def loss(points, owner):  # noqa: ARG001 - all seeds have one truth
        return points.prod(1).square() / 2

    def near(points, owner, n):  # noqa: ARG001 - as annealed passes them
        return (points.abs() < 1).all(1).double()

    return followed(loss, prior(seeds, PARTICLES, 2), seeds, near)


def with_the_logarithm(samples):
    """Odds of the square against the arms outside: log 8n less Euler's number, over the arms."""
    return (math.log(8 * samples) - EULER - ARMS) / ARMS


def without_it(samples):  # noqa: ARG001 - that is what is wrong with it
    """The odds at n = 64, as if all of the valley fell alike."""
    return with_the_logarithm(64)


@claim(
    provenance="background",
    source=COMMENT,
    references=(WATANABE,),
    prediction=Limit(1, tolerance=0.15),
    control=Control("As if the whole valley fell by the same power.", odds=without_it),
    over=SAMPLES,
)
def test_crossings_are_preferred_by_a_logarithm(samples, seeds, shared, odds=with_the_logarithm):
    """Where two valleys of least loss cross, the posterior gathers, by a logarithm of n.

    Statement
        For a linear network of width 1, y = abx, and a truth of 0 the volume of small losses
        falls as n^−1/2 log n: all but a share 1/log n of the posterior comes to be near a = b = 0,
        where multiplicity is 2, though the loss is as small all along both axes.
    Setting
        A Gaussian prior, so that √(2πn)·Z(n) is log 8n less Euler's number, and 2E₁(½) of it are
        outside the square |a|, |b| < 1; 1024 particles per seed that follow e^(−nK) to n = 4096.
    Measure
        Odds of the square against the arms outside it, over what theory gives.
    Tolerance
        ±.15, less than a third of the way to 1.9, which odds that stay what they are at
        n = 64 would make. Theory is exact up to 1/n.
    Does not show
        The same where networks are not linear. A logarithm is slow: at n = 4096 an eighth is
        still outside.
    """
    share = shared(near_the_crossing, seeds=seeds)[f"{samples:g}"]
    return share / (1 - share) / odds(samples)
