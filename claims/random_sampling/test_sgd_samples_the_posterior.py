"""Whether training by SGD finds functions as often as random sampling does."""

import pytest

from widthwise.harness import Bounded, Control, Over, Source, Verdict, WidthList, claim

from .found import by_sgd, found, of_bits, of_images

COMMENTS = "Random sampling comments"
SAMPLER = Source(
    COMMENTS,
    "the comment of 12 May, 16:47, on functions found with probability proportional to the volume "
    "that they fill near the start; that of 11 May, 19:06, on random sampling",
)
REFERENCES = (
    "Mingard et al. 2021 (Is SGD a Bayesian sampler? Well, almost: P_SGD(f|S) beside P_B(f|S))",
)
FOUND = "functions that training finds"
TASKS = pytest.mark.parametrize("task", [of_bits, of_images], ids=["cube", "images"])


@claim(
    provenance="made",
    source=SAMPLER,
    references=REFERENCES,
    prediction=Bounded(low=-1 / 3, high=1 / 3),
    control=Control("Targets ±3, which are the same labels.", size=3.0),
    over=WidthList((32,)),
    seeds_of=FOUND,
)
@TASKS
def test_sgd_samples_the_posterior(width, seeds, mlp, odd_digits, shared, task, size=1.0):
    """SGD finds functions with probability proportional to the volume that they fill.

    Statement
        The reading that makes it true: trained on labels ±1, from a start whose outputs are of that
        size too, until all training signs are right, networks have on unseen inputs the functions
        f that networks drawn at random and kept if they fit have. The probability P_S(f) that SGD
        finds f grows in proportion to P_B(f), that of random sampling: log P_S has slope 1 in
        log P_B.
    Setting
        Two hidden layers of 32 ReLU units, σ_b = .5, 32 networks a seed; batches of four, squared
        loss. Sixteen inputs are seen and sixteen asked: halves of the 5-cube, under a target that
        each seed draws from the prior, or images told odd from even. P_B of functions is that of
        the NNGP, by expectation propagation, as in the paper; functions are not counted, as most
        are found once. The measure is log₂ β of the law ∝ P_B^β that has the mean log P_B of
        the functions found (maximum likelihood).
    Tolerance
        ±⅓ of log₂ β, a third of the way to the rivals 1 and −1: a sampler at half of the
        temperature, or at twice.
    Does not show
        That P_S is of this form (sgd_finds_more_than_independent_bits is a step), nor that it is
        the optimiser that makes β = 1: targets of another size do not
        (sgd_samples_the_posterior_whatever_the_targets). One layer of ReLU is alike, one of erf is
        colder.
    """
    run = shared(
        found,
        width=width,
        seeds=seeds,
        mlp=mlp,
        odd_digits=odd_digits,
        task=task,
        train=by_sgd,
        size=size,
    )
    return run["log of inverse temperature"]


def as_given(size):
    """Targets of the size of the rung."""
    return float(size)


def as_outputs_are(size):
    """Targets of the size that outputs have at the start."""
    del size
    return 1.0


@claim(
    provenance="made",
    source=SAMPLER,
    references=REFERENCES,
    prediction=Bounded(low=-1 / 3, high=1 / 3),
    expect=Verdict.REFUTED,
    control=Control("Targets ±1 at every rung.", targets=as_outputs_are),
    over=Over("size", (1 / 3, 1.0, 3.0)),
    seeds_of=FOUND,
)
@TASKS
def test_sgd_samples_the_posterior_whatever_the_targets(
    size, seeds, mlp, odd_digits, shared, task, targets=as_given
):
    """SGD finds functions with probability proportional to their volume, whatever the targets.

    Statement
        To the letter: volumes of functions near the start are a matter of the architecture and
        of its prior, so that targets ±½, ±1 and ±2, which stand for the same labels, lead to the
        same functions.
    Correction
        P_B knows signs only, training knows sizes. What decides is how large targets are beside
        the outputs at the start, which are random: large ones drown them, and networks find the
        likeliest functions too often (β = 1.6 … 1.8 at ±3), small ones are drowned, and networks
        find unlikely ones (β = .3 … .5 at ±⅓). The size of targets acts like a temperature,
        and at ±1, the usual, it happens to be near 1 (sgd_samples_the_posterior). In the lazy
        limit the output is ΘΘ⁻¹y plus what is left of f_0, of which only the first grows with y.
    Setting
        As in sgd_samples_the_posterior, at targets of three sizes.
    Measure
        Log₂ β, the inverse temperature of the functions found.
    Tolerance
        As there.
    Does not show
        The same under a loss that has no size of targets, as the logistic loss.
    """
    run = shared(
        found,
        width=32,
        seeds=seeds,
        mlp=mlp,
        odd_digits=odd_digits,
        task=task,
        train=by_sgd,
        size=targets(size),
    )
    return run["log of inverse temperature"]


AS_FOUND, SHUFFLED = "over independent bits", "over independent bits, bits shuffled"


@claim(
    provenance="made",
    source=SAMPLER,
    references=REFERENCES,
    prediction=Bounded(low=0.0),
    control=Control("Functions put together of bits of different networks.", of=SHUFFLED),
    over=WidthList((32,)),
    seeds_of=FOUND,
)
@TASKS
def test_sgd_finds_more_than_independent_bits(
    width, seeds, mlp, odd_digits, shared, task, of=AS_FOUND
):
    """The functions that SGD finds are likelier under the posterior than under its bits alone.

    Statement
        The law by which SGD finds functions has a smaller divergence from P_B than from Q, under
        which the bits are independent, each unseen input with the chance that P_B gives it: what
        P_B says of inputs together, SGD does. A correlation of log P_S with log P_B does not
        show it, because Q goes with P_B too.
    Setting
        As in sgd_samples_the_posterior. The difference is the mean of log P_B − log Q over
        functions found, for which none has to be counted.
    Measure
        By how many nats a function is likelier under P_B than under independent bits.
    Tolerance
        More than 0; bits without relation have less by what they are apart from P_B, −.5 and
        below. If SGD drew from P_B it would be what bits have in common under P_B, .5 to .7.
    Does not show
        That P_B is the nearest such law: tangent kernels have their own.
    """
    run = shared(
        found,
        width=width,
        seeds=seeds,
        mlp=mlp,
        odd_digits=odd_digits,
        task=task,
        train=by_sgd,
        size=1.0,
    )
    return run[of]
