"""Which of two rules a network follows when its training data cannot tell them apart."""

import torch

from widthwise.harness import Bounded, Control, Over, Source, Verdict, WidthList, claim
from widthwise.models import (
    Architecture,
    boolean_cube,
    fit,
    infinite_width_kernels,
    kernel_rate,
    kernel_regression,
    mup,
    nngp_kernel,
    ntk,
    posterior,
    relu,
    split_seeds,
)
from widthwise.models.networks.randomness import generator_of

POST = "Neural Tangent Kernel Distillation"
GOALS = Source(POST, "the introduction, on which of two goals is chosen purely by the prior")
VERSIONS = Source(POST, "the section on kernel eigenmodes, on several versions of the test labels")
LANGOSCO = "Langosco et al. 2022: goal misgeneralisation in reinforcement learning"
BITS, AGREEING, DIFFERING, SIGMA_B = 8, 32, 64, 0.5
UNLIKE = 4
"""Of the inputs on which the rules differ, at so many two kernels must choose differently."""
PAIRS, NETWORKS = 48, 4
"""Pairs of rules of a seed, where no network is trained and where some are."""
SEEDS_OF = "networks on ambiguous data"


def coordinate(x, generator):
    """A bit, or its opposite."""
    return chosen(x, 1, generator)[:, 0]


def product(x, generator):
    """The product of two bits."""
    return chosen(x, 2, generator).prod(1)


def majority(x, generator):
    """What two of three bits say."""
    return chosen(x, 3, generator).sum(1).sign()


def threshold(x, generator):
    """The side of a random plane through 0."""
    return (x @ torch.randn(BITS, generator=generator, dtype=x.dtype)).sign()


RULES = (coordinate, product, majority, threshold)


def chosen(x, count, generator):
    """Some bits, each with a sign of its own [n, count]."""
    bits = torch.randperm(BITS, generator=generator)[:count]
    return x[:, bits] * (2 * torch.randint(0, 2, (count,), generator=generator) - 1)


def dilemmas(generator):
    """Places on the cube where two rules agree, then others where they differ; one rule's labels.

    Of pairs of rules that agree, and differ, on a quarter of the cube at least.
    """
    cube = boolean_cube(BITS, dtype=torch.float64)
    while True:
        kinds = torch.randperm(len(RULES), generator=generator)[:2]
        one, other = (RULES[kind](cube, generator) for kind in kinds)
        order = torch.randperm(len(cube), generator=generator)
        agreeing, differing = (order[(one == other)[order] == same] for same in (True, False))
        if min(len(agreeing), len(differing)) >= DIFFERING:
            yield torch.cat((agreeing[:AGREEING], differing[:DIFFERING])), one


def limits():
    """Both limiting kernels of the networks on the cube."""
    architecture = Architecture(1, BITS, depth=1, activation=relu, sigma_b=SIGMA_B)
    return infinite_width_kernels(architecture, boolean_cube(BITS, dtype=torch.float64))


def likeliest(kernel, places, y):
    """The label of each deciding input that a prior likes best, given those of training [m]."""
    inner, across = kernel[places[:AGREEING]], kernel[places[AGREEING:]]
    seen = places[:AGREEING]
    return kernel_regression(inner[:, seen], across[:, seen], y[seen])


def in_dispute(seed, kernels):
    """A dilemma in which the kernels' choices differ: places, labels, Θ's and K's likeliest."""
    for places, y in dilemmas(generator_of(seed)):
        found = [likeliest(kernel, places, y) for kernel in (kernels.tangent, kernels.nngp)]
        if int((found[0].sign() != found[1].sign()).sum()) >= UNLIKE:
            return places, y[places], *found
    raise AssertionError("there is always another pair of rules")


def trained(network, x, y):
    """By how much training on y moves the outputs, to 1% of what is asked."""
    seen, start = x[:, :AGREEING], network(x)
    targets = start[:, :AGREEING] + y[:, :AGREEING]
    known = network.architecture
    lazy = known.parametrization.regime(known.depth).kernel_regime
    rate = None if lazy else kernel_rate(network, seen) / 2
    return fit(network, seen, targets, steps=20_000, rate=rate, momentum=0.5)(x) - start


def readout_trained(network, x, y):
    """The same where the units are frozen, by least squares."""
    theta = nngp_kernel(network, x).double()
    labels = y[:, :AGREEING].double()
    return kernel_regression(theta[:, :AGREEING, :AGREEING], theta[:, :, :AGREEING], labels)


def followed(width, seeds, mlp, parametrization, train):
    """Of the deciding inputs where Θ's and K's choices differ, the share that goes as Θ says."""
    kernels = limits()
    every = split_seeds(seeds, NETWORKS)
    places, labels, ours, others = map(
        torch.stack, zip(*[in_dispute(seed, kernels) for seed in every], strict=True)
    )
    network = mlp(
        width,
        every,
        input_dim=BITS,
        depth=1,
        activation=relu,
        sigma_b=SIGMA_B,
        parametrization=parametrization,
    )
    x = boolean_cube(BITS).to(network.device)[places.to(network.device)]
    said = train(network, x, labels.to(x))[:, AGREEING:].double().cpu()
    disputed = ours.sign() != others.sign()
    share = (disputed & (said.sign() == ours.sign())).double().sum(1) / disputed.sum(1)
    return {"as Θ says": share.view(len(seeds), NETWORKS).mean(1)}


@claim(
    provenance="made",
    source=GOALS,
    references=(LANGOSCO, "Jacot et al. 2018, section 5 (smooth activations; ReLU is measured)"),
    prediction=Bounded(low=0.75),
    control=Control("Networks of which only the readout is trained.", train=readout_trained),
    over=WidthList((2048,)),
    seeds_of=SEEDS_OF,
)
def test_ambiguous_data_follow_the_prior(
    width, seeds, mlp, shared, parametrization=ntk, train=trained
):
    """Where two rules explain the data, a lazy network chooses, input by input, as its prior does.

    Statement
        Trained on inputs on which two rules agree, a wide network labels each input on which they
        differ as the rule whose label there is likelier under N(0, Θ), given the training labels.
    Setting
        Every seed draws four times two kinds of rule on eight bits out of four: a bit, a product of
        two, a majority of three, a random threshold; 32 inputs on which they agree, for training to
        1%, and 64 on which they differ. One hidden layer of ReLU with biases. Most priors that like
        smooth functions choose alike at most of these inputs: the measure is the share that goes
        as Θ says of those at which the NNGP kernel says the opposite, for pairs of rules that have
        four such inputs at least.
    Measure
        Share of the inputs at which the kernels differ that are labelled as Θ says.
    Tolerance
        At least .75. The rival is the other kernel, which networks of frozen units have and which
        gives 0; a third of the way there is .67, and half of the way to no relation .75. At finite
        width, close choices go either way, a share N^-1/2 of these.
    Does not show
        That the prior is one of simple programs (parity_is_hard_for_the_prior), or one for rules
        as wholes (rules_are_chosen_by_their_joint_prior).
    """
    run = shared(
        followed, width=width, seeds=seeds, mlp=mlp, parametrization=parametrization, train=train
    )
    return run["as Θ says"]


@claim(
    provenance="made",
    source=GOALS,
    references=(LANGOSCO, "Yang & Hu 2021, theorem 3.8: in μP the kernel moves"),
    prediction=Bounded(low=0.75),
    expect=Verdict.REFUTED,
    control=Control("Lazy networks do.", parametrization=ntk),
    over=WidthList((2048,)),
    seeds_of=SEEDS_OF,
)
def test_feature_learners_choose_by_the_same_prior(
    width, seeds, mlp, shared, parametrization=mup, train=trained
):
    """Where two rules explain the data, networks that learn features too choose as the prior does.

    Statement
        Read of networks as such: what decides between the rules is the prior N(0, Θ) of the
        network, whichever way it is trained.
    Correction
        In μP the kernel moves while the data are learned, and what decides is no prior that could
        be written down before: the share is about that of a coin. That of lazy networks is that of
        the prior (ambiguous_data_follow_the_prior).
    Setting
        As there, with the same initial kernel, in μP at half of 1/λ_max.
    Measure
        Share of the inputs at which the kernels differ that are labelled as Θ says.
    Tolerance
        At least .75, as there; no relation has .5.
    Does not show
        Which rule networks that learn features prefer.
    """
    run = shared(
        followed, width=width, seeds=seeds, mlp=mlp, parametrization=parametrization, train=train
    )
    return run["as Θ says"]


def jointly(theta, places, y):
    """Which rule has the labels of higher prior: log p(z|Y) − log p(−z|Y) = 2 mᵀΣ⁻¹z."""
    known = posterior(theta[places][:, places], y[places[:AGREEING]])
    z = y[places[AGREEING:]]
    return known.mean @ torch.linalg.solve(known.covariance, z)


def one_by_one(theta, places, y):
    """Which rule has the likelier label at more of the inputs, each taken alone."""
    return (likeliest(theta, places, y).sign() * y[places[AGREEING:]]).sum()


def chosen_rule(theta, places, y):
    """The rule whose labels the limiting network's outputs are nearer to: mᵀz."""
    return likeliest(theta, places, y) @ y[places[AGREEING:]]


def agreement(deciding, seeds, prior):
    """The share of pairs of rules of which a limiting network chooses the one the prior likes."""
    theta = limits().tangent
    shares = []
    for seed in seeds:
        pairs = dilemmas(generator_of(seed))
        found = []
        for (places, y), _ in zip(pairs, range(PAIRS), strict=False):
            some = places[: AGREEING + deciding]
            found.append(chosen_rule(theta, some, y) * prior(theta, some, y) > 0)
        shares.append(torch.stack(found).double().mean())
    return torch.stack(shares)


@claim(
    provenance="made",
    source=VERSIONS,
    references=("Rasmussen & Williams 2006, appendix A.2: conditioning a Gaussian",),
    prediction=Bounded(low=0.85),
    expect=Verdict.REFUTED,
    control=Control("Input by input.", prior=one_by_one),
    over=Over("deciding", (16, 64)),
)
def test_rules_are_chosen_by_their_joint_prior(deciding, seeds, prior=jointly):
    """Of two rules a network chooses the one whose labels of all test inputs have higher prior.

    Statement
        Compute log p of training and test labels for two versions of the test labels, those of
        two rules that explain the data: the network follows the version that has the higher one.
    Correction
        It does so for one input at a time (ambiguous_data_follow_the_prior), and the labels of the
        highest prior of all are what it says (highest_prior_labels_are_kernel_regression). Of two
        versions z and −z, neither of which it says, the prior prefers by the sign of mᵀΣ⁻¹z, with m
        and Σ the posterior mean and covariance; the network is nearer to one by the sign of mᵀz.
        With many inputs Σ⁻¹ counts most what the prior thinks next to impossible of both rules.
    Setting
        Pairs of rules as in ambiguous_data_follow_the_prior, 48 of a seed, 16 or 64 inputs on which
        they differ. Networks of infinite width, whose outputs are m. The measure is the share of
        pairs in which the rule with the higher prior is the one that the outputs are nearer to.
    Tolerance
        At least .85, what the post's recipe should reach to be of use; guessing has .5.
    Does not show
        That no statistic of the prior ranks rules: mᵀz is one.
    """
    return agreement(deciding, seeds, prior)
