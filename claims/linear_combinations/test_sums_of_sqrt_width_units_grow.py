"""How large sums of √N units are, before anything is trained."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import erf, relu, rms, sum_over_random_units

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the reply that linear combinations cannot help, on the magnitude of a sum of √N units",
)
INDEPENDENT = "Lee et al. 2018, section 2 (one hidden layer: units are independent at any width)"


def size_in_units(width, seeds, mlp, data, activation):
    """The size of sums of √N units of a hidden layer, relative to the size of one."""
    x = data(seeds).x
    network = mlp(width, seeds, input_dim=x.shape[-1], depth=1, activation=activation)
    (units,) = network.activations(x)
    return sum_over_random_units(units, width**-0.5) / rms(units)


@claim(
    provenance="made",
    source=HERE,
    references=(INDEPENDENT,),
    prediction=PowerLaw(1 / 4, tolerance=1 / 12, correction=0.1),
    control=Control("Units of ReLU have a mean, which adds up to √N.", activation=relu),
    over=Widths(64, 16384, factor=4),
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_sums_of_zero_mean_units_grow_as_fourth_root(width, seeds, mlp, data, activation=erf):
    """The sum of √N units of mean zero has size N^1/4.

    Statement
        Given the layer below, the units of a layer are independent, so that √N of them without
        a mean add up to N^1/4 times the size of one.
    Setting
        A hidden layer of erf at initialisation, inputs drawn anew for each. Every unit is chosen
        with probability N^-1/2; RMS over all choices, which is exact, and the inputs, relative
        to a unit's RMS.
    Tolerance
        ±1/12, a third of the way to the rival, 1/2. D is .1 and not .3: mean squares are in the
        ratio √N exactly, at every width, because flipping the signs of the weights into and out
        of a unit changes nothing but the unit's sign.
    Does not show
        The same of ReLU (sums_of_relu_units_grow_as_square_root).
    """
    return size_in_units(width, seeds, mlp, data, activation)


@claim(
    provenance="background",
    source=HERE,
    references=(INDEPENDENT,),
    prediction=PowerLaw(1 / 2, tolerance=1 / 12, correction=0.2),
    control=Control("Units without a mean add up to N^1/4.", activation=erf),
    over=Widths(64, 16384, factor=4),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_sums_of_relu_units_grow_as_square_root(width, seeds, mlp, data, activation=relu):
    """The sum of √N units of ReLU has size √N, more than the N^1/4 said of it.

    Statement
        Units of ReLU have a mean, √(1/π) of their RMS. Sums of √N of them are therefore of size
        √N and not N^1/4: the reply's estimate holds for units of mean zero.
    Setting
        As in sums_of_zero_mean_units_grow_as_fourth_root, with ReLU.
    Measure
        Size of sums of √N units, relative to that of one.
    Tolerance
        ±1/12, a third of the way to the rival, 1/4. D is .2 and not .3, because theory fixes the
        next order: mean squares are N (1 + π N^-1/2 − 1/N)/π, in the root a correction of .17 at
        N = 64.
    Does not show
        That ReLU hides its changes less: they are N^-1/4 there too, so that their share falls as
        N^-3/4.
    """
    return size_in_units(width, seeds, mlp, data, activation)
