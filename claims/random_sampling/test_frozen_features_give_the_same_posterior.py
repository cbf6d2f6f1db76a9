"""Whether to train the readout alone is to sample the posterior of the whole network."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from widthwise.harness import Bounded, Control, Source, WidthList, claim
from widthwise.models import erf, nngp_kernel
from widthwise.models.sampling.orthants import orthant_of_three
from widthwise.models.sampling.weights import networks_of, outputs_of, prior_weights

HERE = Source(
    "Random sampling comments",
    "the comment of 12 May, 16:47, on freezing all but the last layer and on the term P(S|f)",
)
REFERENCES = (
    "Mingard et al. 2021, the definition of P_B(f|S) (zero–one likelihood, exact fit)",
    "Neal 1996, section 2.1 (given the hidden units the output is a Gaussian process)",
)
SEEN = 2
FROZEN, WHOLE = 32768, 131072
OPTIONS = {"activation": erf, "sigma_b": 0.3}


class Frozen(NamedTuple):
    """What the readout does on frozen layers, of one draw of them each.

    Attributes:
        fit: the chance that it fits both labels [M].
        one: the chance that it then answers the third input by +1 [M].
    """

    fit: Tensor
    one: Tensor


def three_inputs(data, seeds):
    """Inputs [S, 3, d] and the labels of the first two [S, 2]."""
    drawn = data(seeds).to(dtype=torch.float64)
    return drawn.x_train[:, : SEEN + 1], drawn.y_train[:, :SEEN].sign()


def architecture_of(model, width, x, depth):
    """The architecture of the networks that a fixture makes, and where they lie."""
    example = model(width, (0,), input_dim=x.shape[-1], depth=depth, **OPTIONS)
    return example.architecture, example.device


def on_frozen_layers(model, width, seed, x, y, depth, draws):
    """What readouts do on layers drawn from the prior, by formula: no readout is drawn."""
    architecture, device = architecture_of(model, width, x, depth)
    weights = prior_weights(architecture, (seed,), draws, device=device)[0].to(x.dtype)
    kernel = nngp_kernel(networks_of(architecture, weights), x.to(device)).cpu()
    chances = [orthant_of_three(kernel, torch.cat((y, y.new_tensor([a])))) for a in (1.0, -1.0)]
    fit = (chances[0] + chances[1]).clamp_min(1e-12)
    return Frozen(fit, (chances[0] / fit).clamp(0, 1))


def by_chance_to_fit(frozen):
    """Every draw of the layers counts by its chance to fit."""
    return (frozen.fit * frozen.one).sum() / frozen.fit.sum()


def alike(frozen):
    """Every draw of the layers counts alike."""
    return frozen.one.mean()


def of_whole_networks(model, width, seed, x, y, depth):
    """The share of +1 on the third input among whole networks that fit, all weights drawn."""
    architecture, device = architecture_of(model, width, x, depth)
    weights = prior_weights(architecture, (seed ^ 1,), WHOLE, device=device)
    signs = outputs_of(architecture, weights[0], x.to(device, weights.dtype)).sign().cpu()
    fits = (signs[:, :SEEN] == y).all(1)
    return (signs[fits, SEEN] > 0).double().mean()


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(low=-0.005, high=0.005),
    control=Control("Every draw of the frozen layers counts alike.", weigh=alike),
    over=WidthList((2,)),
)
@pytest.mark.parametrize("depth", [1, 3], ids=["one_layer", "three_layers"])
@pytest.mark.parametrize("data", ["odd_digits"], indirect=True)
def test_frozen_features_give_the_same_posterior(
    width, seeds, mlp, data, depth, weigh=by_chance_to_fit
):
    """Random readouts on frozen layers, weighed by their chance to fit, are the whole posterior.

    Statement
        The reading that makes it true: hidden layers are drawn and frozen, the readout is drawn at
        random, and what does not fit the training data is ignored, so that a draw of the layers
        counts by its chance to fit, P(S | layers). The functions that are found have in
        expectation precisely the law of whole networks that fit, at any width.
    Setting
        Two images seen and one not, drawn for every seed; erf with σ_b = .3, layers of 2
        units, where layers differ most. Frozen: 32768 draws of the layers, readouts by formula.
        Whole: 131072 networks, those that fit are kept. The measure is the difference in the
        chance of the likelier answer to the third.
    Tolerance
        ±.005, a third of the .016 by which counting all draws alike is off at N = 2.
    Does not show
        That optimisers weigh frozen layers so: one that fits wherever it can weighs them alike,
        as the control does, which is another law.
    """
    x, y = three_inputs(data, seeds)
    apart = []
    for points, labels, seed in zip(x.cpu(), y.cpu(), seeds, strict=True):
        frozen = on_frozen_layers(mlp, width, seed, points, labels, depth, FROZEN)
        whole = of_whole_networks(mlp, width, seed, points, labels, depth)
        likelier = (by_chance_to_fit(frozen) - 0.5).sign()
        apart.append(likelier * (whole - weigh(frozen)))
    return torch.stack(apart)
