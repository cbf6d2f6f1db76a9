"""Whether features are for narrow networks, which could not express their task without."""

import torch

from widthwise.harness import Bounded, Control, Dominates, Source, WidthList, claim

from .tuned import images, of_networks, of_readout

SAID = Source(
    "Comments on random sampling",
    "the reply on a network so thin that it can hardly represent its function, of which the last "
    "layer only is trained, and on the same with very wide layers",
)
REFERENCES = ("Rahimi & Recht 2008 (regression with random features; no width is named)",)
SEEDS = "networks of which the readout alone is trained"
PIXELS, WIDE, FULLY_TRAINED = 16, 1024, 128


@claim(
    provenance="made",
    source=SAID,
    references=REFERENCES,
    prediction=Dominates(1.25),
    control=Control("Networks of 256 units, sixteen per pixel.", units=16 * PIXELS),
    over=WidthList((PIXELS,)),
    seeds_of=SEEDS,
)
def test_narrow_nets_need_features(width, seeds, mlp, device, units=None):
    """A narrow network of which the last layer alone is trained errs more than one trained fully.

    Statement
        On images told odd from even, networks of as many units as pixels err by more than a quarter
        more if their readout alone is trained than if all of them is.
    Setting
        256 digits at 4×4 pixels, drawn for every seed; one hidden layer of ReLU in μP, 16 units.
        Fully trained networks have their rate and when to stop, the others a ridge, chosen by the
        error on 128 images held out; errors are on 256 others.
    Measure
        Mean squared error of networks of which the readout alone is trained, and of all of them.
    Tolerance
        A factor of 1.25, in the mean of logarithms; with 256 units, the control, it is about 1.1.
    Does not show
        That they could not express the function: what they do express generalises less well.
    """
    data = images(seeds, device)
    pair = [trained(units or width, seeds, mlp, data) for trained in (of_readout, of_networks)]
    return torch.stack(pair, 1)


@claim(
    provenance="made",
    source=SAID,
    references=REFERENCES,
    prediction=Bounded(high=1.1),
    control=Control("Readouts of as many units as pixels.", units=PIXELS),
    over=WidthList((WIDE,)),
    seeds_of=SEEDS,
)
def test_wide_nets_do_without_features(width, seeds, mlp, device, units=None):
    """On images a wide network of which the last layer alone is trained does as well as any.

    Statement
        With 1024 random units, 64 per pixel, a readout that alone is trained errs at most a tenth
        more than networks that are trained fully, on images told odd from even.
    Setting
        As in narrow_nets_need_features. Fully trained networks have 128 units, for the cost.
    Measure
        Mean squared error of readouts, over that of networks of 128 units trained fully.
    Tolerance
        At most 1.1; of readouts of 16 units, the control, it is 1.7.
    Does not show
        The same where the target depends on hidden directions: there it takes 1.7 times and more
        (feature_limit_outperforms).
    """
    data = images(seeds, device)
    readouts = of_readout(units or width, seeds, mlp, data)
    return readouts / of_networks(FULLY_TRAINED, seeds, mlp, data)
