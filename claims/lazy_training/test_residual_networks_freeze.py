"""Whether networks with residual branches freeze as perceptrons do."""

import pytest

from widthwise.harness import AtMost, Control, Source, Widths, claim
from widthwise.models import mup, ntk, one_shot, rms

from .runs import asked_to_change


def moved(width, seeds, resnet, data, parametrization):
    """How far the stem and each of two blocks move, RMS over units and all points [S, 3]."""
    drawn = data(seeds)
    before = resnet(width, seeds, input_dim=drawn.input_dim, parametrization=parametrization)
    after = one_shot(before, *asked_to_change(before, drawn))
    start, end = before.features(drawn.x), after.features(drawn.x)
    return {place: rms(end[place] - start[place]) for place in ("stem", "blocks.0", "blocks.1")}


@claim(
    provenance="implied",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply on "a lengthy proof that this holds for all architectures"',
    ),
    references=(
        "Yang 2020 (Tensor Programs II); Yang & Littwin 2021 (Tensor Programs IIb): smooth "
        "activations, a fixed number of steps; residual branches among their examples",
    ),
    prediction=AtMost(-1 / 2, correction=0.2),
    control=Control("In μP every unit moves by O(1).", parametrization=mup),
    over=Widths(64, 2048),
)
@pytest.mark.parametrize("place", ["stem", "blocks.0", "blocks.1"])
def test_residual_networks_freeze(
    width, seeds, shared, resnet, random_labels, place, parametrization=ntk
):
    """The units of a residual network stand still while its output learns.

    Statement
        Where the linearised problem is solved and the output has moved by O(1), the residual
        stream has moved by O(N^-1/2), after the stem and after every block: that branches pass
        everything on does not add up to features.
    Setting
        A pre-activation residual network of erf with σ_w = 2, whose two branches are added with
        1/√2, an ordinary `torch.nn.Module` made an ensemble in the NTK parametrization. 32 points
        in 8 dimensions with random labels, drawn for every seed, of whose variance a linear map
        leaves .71. RMS over units and all 64 points.
    Measure
        Movement of the residual stream, RMS.
    Tolerance
        An exponent of at most −.35, less than a third of the way from the bound to the rival, 0.
        D as in activations_freeze: Θ's random part at N = 64 enters by its square, and a branch
        adds what a layer does.
    Does not show
        That the bound is reached: it is N^-.56 on 64…512 units and N^-.54 on 128…1024, on its way,
        which 64 seeds leave open. The same after many steps, or of transformers. Two blocks of them
        with attention scaled by 1/d, asked for the labels of eight images, moved by N^-.53 in this
        parametrization and by N^-.04 in μP on 64…512 units; but eight images are fitted by a linear
        map, and 64 take too long.
    """
    run = shared(
        moved,
        width=width,
        seeds=seeds,
        resnet=resnet,
        data=random_labels,
        parametrization=parametrization,
    )
    return run[place]
