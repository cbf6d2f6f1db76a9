"""How likely functions of bits are under a random network, and how complex."""

import pytest
import torch

from widthwise.harness import AtLeast, Bounded, Control, Over, Source, WidthList, claim
from widthwise.models import Architecture, boolean_cube, relu, tanh
from widthwise.models.data.boolean import bit_codes, bits_of
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import generator_of
from widthwise.models.sampling.complexity import entropy_of, lempel_ziv_of, sensitivity_of
from widthwise.models.sampling.orthants import log_orthant
from widthwise.models.sampling.weights import outputs_of, prior_weights

COMMENTS = "Random sampling comments"
BITS, NETWORKS, SINGLES = 5, 16384, 512
BALANCED = 96
POINTS = 2**BITS
MEASURES = {"lempel_ziv": lempel_ziv_of, "entropy": entropy_of, "sensitivity": sensitivity_of}
SIMPLE, CHAOTIC = "ReLU", "tanh of large weights"
KINDS = {
    SIMPLE: {"activation": relu, "sigma_b": 0.5},
    CHAOTIC: {"activation": tanh, "sigma_w": 8.0, "sigma_b": 0.5},
}


def census(width, seed, mlp, kind):
    """The functions of many random networks, each once, and how many networks have it."""
    example = mlp(width, (0,), input_dim=BITS, depth=2, **KINDS[kind])
    cube = boolean_cube(BITS).to(example.device)
    weights = prior_weights(example.architecture, (seed,), NETWORKS, device=cube.device)
    codes = bit_codes(outputs_of(example.architecture, weights[0], cube) > 0)
    functions, counts = codes.unique(return_counts=True)
    return functions.cpu(), counts.cpu()


def typical(measure, own):
    """The median complexity of tables whose bits are drawn by chance."""
    return measure(torch.randint(0, 2, (256, POINTS), generator=own)).median()


def slope(x, y):
    """Of the least-squares line of y on x."""
    x, y = x - x.mean(), y - y.mean()
    return (x * y).sum() / x.square().sum()


def bits_lost(complexity, counts, ceiling):
    """By how much log₂ P of the likeliest function falls per bit of complexity.

    A bit of complexity is 1/2^n of that of a random table. Levels above a random table's tell
    nothing: what is seen of them was seen once.
    """
    levels = complexity.unique()
    levels = levels[levels <= ceiling]
    likeliest = torch.stack([counts[complexity == level].max() for level in levels])
    return -slope(levels * POINTS / ceiling, likeliest.double().log2())


def bound(width, seeds, mlp, kind):
    """The slope of the upper envelope of log₂ P over complexity, by measure of complexity."""
    found = {name: [] for name in MEASURES}
    for seed in seeds:
        functions, counts = census(width, seed, mlp, kind)
        own = generator_of(seed)
        once = (counts == 1).nonzero()[:, 0]
        once = once[torch.randperm(len(once), generator=own)[:SINGLES]]
        kept = torch.cat(((counts > 1).nonzero()[:, 0], once))
        tables = bits_of(functions[kept], POINTS)
        for name, measure in MEASURES.items():
            ceiling = typical(measure, own)
            found[name].append(bits_lost(measure(tables), counts[kept], ceiling))
    return {name: torch.stack(slopes) for name, slopes in found.items()}


@claim(
    provenance="made",
    source=Source(
        COMMENTS,
        "the comment of 11 May, 19:10, on what the evidence in the papers shows; that of 12 May, "
        "18:16, on several different measures",
    ),
    references=(
        "Dingle, Camargo & Louis 2018 (the bound 2^(−aK + b) on likely outputs)",
        "Valle-Pérez, Camargo & Louis 2019 (networks on Boolean inputs, Lempel–Ziv complexity)",
    ),
    prediction=Bounded(low=0.15),
    control=Control("Chaotic networks: tanh with σ_w = 8.", kind=CHAOTIC),
    over=WidthList((8, 24)),
    seeds_of="functions of random networks",
)
@pytest.mark.parametrize("measure", list(MEASURES))
def test_volume_bounds_complexity(width, seeds, mlp, shared, measure, kind=SIMPLE):
    """Functions of large volume are simple: the likeliest of a complexity K has 2^(−aK + b).

    Statement
        Among Boolean functions of five bits, the probability of the likeliest of complexity K
        under a random network falls exponentially in K, by .15 bits or more for each bit of
        complexity, whether K counts Lempel and Ziv's words, the entropy of the answers, or the
        edges of the cube along which they change.
    Setting
        Two hidden layers of 8 or 24 ReLU units, σ_b = .5; 16384 networks per seed, their
        functions counted exactly by their 32 bits. The measure is the slope of log₂ P of the
        likeliest function over K, up to a random table's K, which is taken for 32 bits.
    Tolerance
        At least .15, a third of the way from what is measured to the rival, a map without bias,
        which has 0. What was seen once counts as 2^−14, which flattens the slope.
    Does not show
        That simple functions have large volume (simple_functions_of_small_volume_exist), nor
        that the bound explains generalisation: it holds for any map with few outputs.
    """
    run = shared(bound, width=width, seeds=seeds, mlp=mlp, kind=kind)
    return run[measure]


def parity(cube):
    """The product of all coordinates."""
    return cube.prod(1)


def coordinate(cube):
    """The first coordinate."""
    return cube[:, 0]


@claim(
    provenance="made",
    source=Source(
        COMMENTS,
        "the comment of 11 May, 19:10, on functions that are very simple and have small volume",
    ),
    references=(
        "Dingle, Valle-Pérez & Louis 2020 (outputs of low complexity and low probability)",
        "Yang & Salman 2019 (parity is the last eigenfunction on the Boolean cube)",
    ),
    prediction=AtLeast(1, tolerance=0.15, correction=0.2),
    control=Control("A coordinate, as short a program.", rule=coordinate),
    over=Over("points", (8, 16, 32, 64), quick=4),
)
@pytest.mark.parametrize("depth", [2, 3], ids=["two_layers", "three_layers"])
def test_simple_functions_of_small_volume_exist(points, seeds, depth, rule=parity):
    """Parity has a short program, and a volume that vanishes as fast as that of any function.

    Statement
        Under the prior of a wide ReLU network with a threshold, −log P of the parity of d bits
        grows at least as fast as the number 2^d of points, that is as for a function among all,
        while its program grows as log d. So no
        bound P ≥ 2^(−βK) holds, and simple does not imply large volume: the converse of
        volume_bounds_complexity, which the comment says its author does not claim.
    Setting
        d = 3, 4, 5 and 6; the NNGP kernel of two or three hidden layers with σ_b between .3 and
        1, drawn for every seed; the probability of the orthant by 2048 quasi-random draws.
    Measure
        −log P of the parity.
    Tolerance
        The exponent of 2^d is 1 or more, .15 allowed below; if volume went with the length of
        the program it would be 0 up to logarithms, and is .45 for a coordinate. Each point costs a
        bit, and more the more neighbours, all of the other sign, it has.
    Does not show
        How rare such functions are among the simple ones. The law of one hidden layer: its odd
        harmonics beyond the first come from the threshold alone, so that −log P rises in
        stairs, by a factor of 3 from d = 4 to 5.
    """
    d = points.bit_length() - 1
    cube = boolean_cube(d, dtype=torch.float64)
    costs = []
    for seed in seeds:
        sigma_b = 0.3 + 0.7 * float(torch.rand((), generator=generator_of(seed)))
        architecture = Architecture(1, d, depth=depth, activation=relu, sigma_b=sigma_b)
        kernel = infinite_width_kernels(architecture, cube).nngp
        costs.append(-log_orthant(kernel, rule(cube), draws=2048, seed=seed % 2**31))
    return torch.stack(costs)


def drawn_from_the_class(own, functions, counts):
    """Functions of as many ones as zeros, as often as networks have them, each once."""
    tables = bits_of(functions, POINTS)
    (balanced,) = (tables.sum(1) == POINTS // 2).nonzero(as_tuple=True)
    chosen = torch.multinomial(counts[balanced].double(), BALANCED, generator=own)
    return tables[balanced[chosen.unique()]]


def drawn_by_chance(own, functions, counts):
    """Functions of as many ones as zeros, any of them."""
    del functions, counts
    ranks = torch.rand(BALANCED, POINTS, generator=own).argsort(1)
    return (ranks < POINTS // 2).long()


@claim(
    provenance="implied",
    source=Source(
        COMMENTS,
        "the comment of 12 May, 13:50, on 0101… among the functions of as many ones as zeros",
    ),
    references=(
        "Valle-Pérez, Camargo & Louis 2019 (networks on Boolean inputs, Lempel–Ziv complexity)",
    ),
    prediction=Bounded(high=-0.4),
    control=Control("Tables of as many ones, drawn by chance.", drawn=drawn_by_chance),
    over=WidthList((8, 24)),
    seeds_of="functions of random networks",
)
def test_simple_functions_are_likelier_among_those_of_as_many_ones(
    width, seeds, mlp, drawn=drawn_from_the_class
):
    """Among functions with as many ones as zeros, simple ones like 0101… are likelier.

    Statement
        Of the functions of five bits that are 1 on 16 of 32 inputs and that random networks have,
        those of fewer Lempel–Ziv words have the larger volume: log P and K have a correlation of
        −.4 or less. The law of the number of ones alone explains nothing of this.
    Setting
        Up to 96 functions per seed, as often as they occur among 16384 ReLU networks with two
        hidden layers of 8 or 24 units, σ_b = .5; their probability under the NNGP kernel of the
        same architecture, as an orthant.
    Measure
        Correlation of log P and complexity.
    Tolerance
        At most −.4, two thirds of what was first seen from the rival, tables of the class drawn
        by chance (−.1), nearly all of which are complex.
    Does not show
        That K is the right complexity: the share of edges of the cube along which the function
        changes goes with log P by −.95, for tables drawn by chance too.
    """
    example = mlp(1, (0,), input_dim=BITS, depth=2, **KINDS[SIMPLE])
    cube = boolean_cube(BITS, dtype=torch.float64)
    kernel = infinite_width_kernels(example.architecture, cube).nngp
    correlations = []
    for seed in seeds:
        tables = drawn(generator_of(seed), *census(width, seed, mlp, SIMPLE))
        volumes = log_orthant(kernel.expand(len(tables), -1, -1), 2.0 * tables - 1, draws=256)
        both = torch.stack((lempel_ziv_of(tables), volumes))
        correlations.append(torch.corrcoef(both)[0, 1])
    return torch.stack(correlations)
