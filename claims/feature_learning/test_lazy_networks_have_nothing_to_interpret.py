"""What tools of interpretability find in networks that learn as a kernel, and in others."""

import pytest

from widthwise.harness import AtMost, Bounded, Control, Source, WidthList, Widths, claim
from widthwise.models import mup, ntk

from .internals import SEEDS, hidden_quadratic, odd_or_even, seen, shuffled, told

ASKED = Source(
    "NTK/GP models of neural nets can't learn features",
    "the comments that ask to look at the internals of an actual NTK model with the tricks that "
    "interpret normal networks",
)
SAID = Source(
    "NTK/GP models of neural nets can't learn features",
    "the post, on functions of individual neurons that do not change at all; only the output "
    "function does",
)
KERNEL_LIMIT = (
    "Jacot et al. 2018, Theorem 2 (σ twice differentiable with bounded σ″, gradient flow, no rate; "
    "ReLU and rates are measured)"
)
FEATURES = "Yang & Hu 2021, Theorem 3.8 (features are learned in μP; which, is measured)"
TOOLS = ("probe", "selectivity", "maximising input", "attribution")
HIDDEN, IMAGES = ("hidden", hidden_quadratic), ("digits", odd_or_even)
EVERYWHERE = [
    pytest.param(data, tool, id=f"{name}-{tool}".replace(" ", "-"))
    for (name, data), tools in ((HIDDEN, TOOLS), (IMAGES, [t for t in TOOLS if t != "selectivity"]))
    for tool in tools
]


@claim(
    provenance="implied",
    source=ASKED,
    references=(KERNEL_LIMIT,),
    prediction=AtMost(-1 / 2, correction=0.2),
    control=Control("In μP what tools say changes by as much at any width.", parametrization=mup),
    over=Widths(64, 1024, factor=4),
    seeds_of=SEEDS,
)
@pytest.mark.parametrize(("draw", "tool"), EVERYWHERE)
def test_lazy_networks_have_nothing_to_interpret(
    width, seeds, mlp, draw, tool, shared, parametrization=ntk
):
    """Tools of interpretability say the same of a lazy network as before it was trained.

    Statement
        What a linear probe reads of the labels in hidden units, how each unit correlates with them,
        which input makes a unit largest, and what each unit adds to the output: in a network
        that has learned its task in the NTK parametrization all of it is what it was before
        training, up to O(N^-1/2). Whoever looks at trained units finds the random ones.
    Setting
        One hidden layer of ReLU, trained to 1% on ((u·x)² − 1)/√2 of a hidden direction in R^16,
        with 96 points, or on 64 images told odd from even; both drawn for every seed. Tools look at
        128 fresh inputs. The probe is ridge regression, with a ridge of the units' mean square,
        on half of them, read on the other half.
    Measure
        How far what the tool says moves in training: RMS, over inputs or over units.
    Tolerance
        An exponent of at most −.35; the rival, tools that find something, has 0. The answers of
        tools are smooth functions of units that move by O(N^-1/2), and the next order is the
        movement itself, .2 at N = 64: within the default D.
    Does not show
        Principal components, which are in principal_components_are_stable: of inputs whose sixteen
        linear directions have like variance, the leading ten are a matter of chance. Units'
        correlation with odd or even moves as N^-.46 on images, which 64 seeds leave open. A tool
        that puts units of the start back does find something (patching_finds_the_kernels_share).
    """
    run = seen(shared, width, seeds, mlp, draw, parametrization)
    return run[f"{tool} moves"]


@claim(
    provenance="background",
    source=ASKED,
    references=(FEATURES,),
    prediction=Bounded(low=0.1),
    control=Control("The same labels in another order: units move as far.", labels=shuffled),
    over=WidthList((128, 256, 512)),
    seeds_of=SEEDS,
)
@pytest.mark.parametrize("tool", ["probe", "selectivity"])
def test_tools_find_what_feature_learners_learn(width, seeds, mlp, tool, shared, labels=told):
    """Where features are learned, tools of interpretability find in the units what was learned.

    Statement
        In μP, training on a hidden direction makes units tell of it: what a linear probe of them
        explains of new inputs' labels, and how well the best unit in 64 correlates with labels,
        grow by more than a tenth, at any width.
    Setting
        As in lazy_networks_have_nothing_to_interpret, on the hidden direction, in μP. In the
        control the labels are in another order, so that units move as far and learn nothing.
    Measure
        What the tool finds after training, less what it found before: R², or a correlation.
    Tolerance
        More than .1; labels in another order have 0.
    Does not show
        The same on images: told odd from even by 64 of them, units of μP move as far, and the
        probe gains .03, and the best units .02. What ten principal components explain grows by .4
        on the hidden direction.
    """
    run = seen(shared, width, seeds, mlp, hidden_quadratic, mup, labels)
    return run[f"{tool} gains"]


@claim(
    provenance="background",
    source=SAID,
    references=(KERNEL_LIMIT,),
    prediction=AtMost(-1 / 2, correction=0.2),
    control=Control("As if units of the start were as good as trained ones.", part="the whole"),
    over=Widths(64, 1024, factor=4),
    seeds_of=SEEDS,
)
@pytest.mark.parametrize("draw", [hidden_quadratic, odd_or_even], ids=["hidden", "digits"])
def test_patching_finds_the_kernels_share(
    width, seeds, mlp, draw, shared, part="the readout's part"
):
    """Putting the units of the start back into a lazy network undoes the hidden layer's share of Θ.

    Statement
        No unit of a lazy network moves by more than O(N^-1/2), but all together move along the
        readout. A trained network with its hidden weights put back to their start keeps
        f_0 + Θ_readout Θ⁻¹(Y − f_0), with Θ_readout the readout's part of Θ, up to O(N^-1/2). It
        loses the rest, which is most of what it has learned.
    Setting
        The runs of lazy_networks_have_nothing_to_interpret, on fresh inputs; kernels at the start.
        At N = 512 seven tenths of what was learned are lost on the hidden direction and six on
        images, where in μP it is nine and six.
    Measure
        How far the patched network is off what theory says, relative to what was learned.
    Tolerance
        An exponent of at most −.35; the rival, that nothing is lost as no unit has changed, has 0.
        D as in lazy_networks_have_nothing_to_interpret.
    Does not show
        That patching tells lazy networks from others, or which units do it: all do a little.
    """
    run = seen(shared, width, seeds, mlp, draw, ntk)
    return run[f"patched off {part}"]
