"""How trained networks add: waves of one frequency per unit, whose phases add up."""

import math

import pytest
import torch

from widthwise.harness import Bounded, Control, Curve, Drawing, Over, Source, claim
from widthwise.models import MLP, quadratic, relu

from .addition import (
    ADDITION,
    ANY_TABLE,
    MODULUS,
    NETWORKS,
    power,
    seen,
    spectrum,
    table,
    trained,
    untrained,
    waves,
)

ALGORITHM = Source(
    "Comments on theories of deep learning",
    "the comment on Othello's board, on work on modular addition: networks learn genuine "
    "algorithms at least some of the time",
)
GROKKING = (
    "Gromov 2023, Grokking modular arithmetic (the same waves as an exact solution of quadratic "
    "networks, infinite width)"
)
CIRCUITS = "Nanda et al. 2023, Progress measures for grokking (transformers, weight decay)"
both = pytest.mark.parametrize("activation", [quadratic, relu], ids=repr)
SHARES = Over("share", (0.6, 0.7, 0.8), quick=1)


def three_networks(activation):
    """One network at the start, and after training on sums and on any table."""
    start = untrained((0,), MLP.initialise, activation)
    return {
        "at the start": start,
        "trained on sums": trained(start, table((0,), 0.6, ADDITION)),
        "trained on the labels in other cells": trained(start, table((0,), 0.6, ANY_TABLE)),
    }


def strongest(network, count):
    """The units of largest power, each of another frequency."""
    found = power(network)[0]
    chosen = {}
    for unit in found.sum(0).argsort(descending=True).tolist():
        chosen.setdefault(int(found[:, unit].argmax()), unit)
    return list(chosen.values())[:count]


def drawn_waves(activation):
    """The embedding of the first summand by three units, before and after training."""
    start, end, _ = three_networks(activation).values()
    numbers = torch.arange(MODULUS)
    fine = torch.linspace(0, MODULUS, 139)
    curves = []
    for unit in strongest(end, 3):
        before, after = (waves(network)[0][0, :, unit] for network in (start, end))
        frequency = int(power(end)[0, :, unit].argmax()) + 1
        own = torch.fft.rfft(after)[frequency]
        angle = 2 * math.pi * frequency * fine / MODULUS
        wave = 2 / MODULUS * (own.real * angle.cos() - own.imag * angle.sin())
        panel = f"unit {unit}, frequency {frequency}"
        curves += [
            Curve.of("its own frequency alone", fine, wave + after.mean(), panel=panel),
            Curve.of("weight after training", numbers, after, panel=panel, dots=True),
            Curve.of("weight at the start", numbers, before, panel=panel, dots=True),
        ]
    return Drawing(
        "How three units of a network read the first summand",
        "first summand",
        "weight",
        tuple(curves),
    )


def drawn_spectra(activation):
    """Spectra of the embedding of four units, before and after training, on sums and not."""
    curves = []
    for panel, network in three_networks(activation).items():
        for place, unit in enumerate(strongest(network, 4), 1):
            found = power(network)[0, :, unit]
            frequencies = range(1, len(found) + 1)
            curves.append(Curve.of(f"unit {place}", frequencies, found / found.sum(), panel=panel))
    return Drawing(
        "Spectra of the embedding of four units of a network",
        "frequency",
        "share of the unit's power",
        tuple(curves),
    )


def drawn_phases(activation):
    """The phase of every unit's answer against the sum of those of its summands."""
    curves = []
    for panel, network in three_networks(activation).items():
        own = power(network).argmax(1, keepdim=True)
        first, second, answer = (
            spectrum(wave).gather(1, own)[0, 0].angle() for wave in waves(network)
        )
        around = (first + second).remainder(2 * math.pi)
        curves += [
            Curve.of("their sum", (0, 2 * math.pi), (0, 2 * math.pi), panel=panel),
            Curve.of("unit", around, answer.remainder(2 * math.pi), panel=panel, dots=True),
        ]
    return Drawing(
        "Phases of all units of a network at their own frequencies",
        "phase of the first summand and of the second, added",
        "phase of the answer",
        tuple(curves),
    )


@claim(
    provenance="implied",
    source=ALGORITHM,
    references=(GROKKING, CIRCUITS),
    prediction=Bounded(low=0.9),
    control=Control("Networks that fit the same labels in other cells.", labels=ANY_TABLE),
    over=SHARES,
    seeds_of=NETWORKS,
    draws=drawn_spectra,
)
@both
def test_each_unit_reads_one_frequency(share, seeds, mlp, activation, shared, labels=ADDITION):
    """A unit of a network that adds modulo p reads both summands as waves of one frequency.

    Statement
        Of the power of the embedding, the weights of units over both summands, more than nine
        tenths lie at one frequency of eleven, each unit's own.
    Setting
        As in modular_addition_needs_features. Power is the squared Fourier coefficient over the
        numbers 0 … 22 at frequencies 1 … 11, without the mean, of both summands together; a unit's
        own frequency is its strongest. Networks at the start have .22.
    Measure
        Share of the power of all units that lies at each unit's strongest frequency.
    Tolerance
        At least .9; the rival, networks trained on labels without a rule, has .21 to .22, as the
        strongest of eleven equal frequencies of noise.
    Does not show
        That the network as a whole uses few frequencies: these use all eleven, as the solution
        in closed form does.
    """
    found = seen(shared, seeds, mlp, activation, share, labels)
    return found["one frequency"]


@claim(
    provenance="made",
    source=ALGORITHM,
    references=(GROKKING,),
    prediction=Bounded(low=0.9),
    control=Control("Networks that fit the same labels in other cells.", labels=ANY_TABLE),
    over=SHARES,
    seeds_of=NETWORKS,
    draws=drawn_phases,
)
@both
def test_units_add_phases(share, seeds, mlp, activation, shared, labels=ADDITION):
    """Networks learn an algorithm for modular addition: units add the phases of their summands.

    Statement
        A unit that reads cos(ka + φ_a) and cos(kb + φ_b), in angles of 2π/p, writes its answer as
        cos(kc + φ_c) with φ_c = φ_a + φ_b: its product of the two waves has the wave of the sum
        in it. The rule is the same for all units, and it is found in no other network.
    Setting
        As in each_unit_reads_one_frequency: phases at each unit's strongest frequency, of its
        weights over both summands and over the answers. The mean cosine of φ_c − φ_a − φ_b over
        units, by the product of the three amplitudes.
    Measure
        Mean cosine of φ_c − φ_a − φ_b over units.
    Tolerance
        At least .9; the rival, phases that have nothing to do with each other, has 0.
    Does not show
        That each network learns it with any architecture or loss.
    """
    found = seen(shared, seeds, mlp, activation, share, labels)
    return found["phases"]


@claim(
    provenance="implied",
    source=ALGORITHM,
    references=(CIRCUITS,),
    prediction=Bounded(low=0.9),
    control=Control("All that is left when each unit's own frequency is taken out.", left="others"),
    over=SHARES,
    seeds_of=NETWORKS,
    draws=drawn_waves,
)
@both
def test_one_frequency_per_unit_is_enough(share, seeds, mlp, activation, shared, left="own"):
    """Networks keep adding when each unit is left with its one frequency, and stop without it.

    Statement
        With nothing but each unit's own frequency (and the mean) in its weights over summands and
        answers, networks still have nine of ten cells right that they have not seen: the sum
        is computed through these waves. Without them the rest of the weights is guessing.
    Setting
        As in each_unit_reads_one_frequency; what is taken out is taken out of the Fourier
        coefficients of trained weights, and nothing is trained again.
    Measure
        Share of the cells not seen whose largest output is the sum.
    Tolerance
        At least .9; guessing, which the control comes to, has 1/23. What the filter takes from
        weights is up to a tenth of their power (each_unit_reads_one_frequency).
    Does not show
        That what it takes is noise: it is what single networks lose up to a fifth of the cells by.
    """
    found = seen(shared, seeds, mlp, activation, share, ADDITION)
    return found["right with one frequency" if left == "own" else "right without it"]
