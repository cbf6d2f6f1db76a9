"""Channels of convolutional networks stand still as units of dense ones do."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import activation_movement, erf, mup, ntk

from .runs import asked_to_change, one_step


@claim(
    provenance="implied",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the replies that the limits hold for all architectures",
    ),
    references=("Yang & Hu 2021, Corollary 3.9",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP every channel moves by O(1).", parametrization=mup),
    over=Widths(64, 2048),
)
def test_channels_freeze(width, seeds, cnn, small_digits, parametrization=ntk):
    """The channels of a convolutional network stand still while its output learns.

    Statement
        While a gradient step moves the output by O(1), every channel moves by O(N^-1/2) at
        every position, N being the number of channels: what is said of units
        (activations_freeze) is not about dense layers.
    Setting
        Two layers of 3×3 filters with erf on images of 4×4 pixels, then a dense readout of all
        positions; one step at 1/λ_max on 4 images. RMS over channels, positions, layers and 8
        images. A filter has nine weights for each that a dense layer has, so that the ladder
        ends at half its width.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. Sums over positions change
        coefficients and no exponents; the default D = .3, as in activations_freeze.
    Does not show
        The same with pooling between layers, or after more steps.
    """
    before, after = asked_to_change(
        width, seeds, cnn, small_digits, erf, 2, parametrization, one_step
    )
    return activation_movement(before, after, small_digits.x)
