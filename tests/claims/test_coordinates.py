"""The coordinate check: faithful ports pass, and of broken ones the fault is named."""

import numpy as np
import pytest
import torch
from torch import nn

from widthwise.claims.coordinates import coordinate_check
from widthwise.claims.coordinates.judging import Rules, judge
from widthwise.harness import Verdict
from widthwise.models import mup, mup_adam

WIDTHS = (32, 64, 128, 256)
torch.set_num_threads(1)


class Port(nn.Module):
    """μP for gradient descent, written out: a readout of size 1/N, rates N, 1 and 1/N."""

    def __init__(self, width, readout=1.0):
        super().__init__()
        self.first, self.middle = nn.Linear(8, width, bias=False), nn.Linear(width, width)
        self.readout = nn.Linear(width, 1, bias=False)
        nn.init.normal_(self.middle.weight, std=width**-0.5)
        nn.init.zeros_(self.middle.bias)
        nn.init.normal_(self.readout.weight, std=width**-readout)

    def forward(self, x):
        return self.readout(torch.tanh(self.middle(torch.tanh(self.first(x)))))


def optimiser(first=1.0, readout=-1.0, rate=0.3):
    """Groups that learn as N to these powers."""

    def make(port):
        r = port.middle.in_features / 32
        groups = [
            {"params": port.first.parameters(), "lr": rate * r**first},
            {"params": [port.middle.weight], "lr": rate},
            {"params": [port.middle.bias], "lr": rate * r},
            {"params": port.readout.parameters(), "lr": rate * r**readout},
        ]
        return torch.optim.SGD(groups, lr=rate)

    return make


def vectors():
    x = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))
    return x, torch.sin(x[:, 0] + x[:, 1]) + 1


def tokens():
    x = torch.randint(0, 7, (32, 6), generator=torch.Generator().manual_seed(0))
    return x, (x[:, 0] + x[:, -1]) % 7


class Attentive(nn.Module):
    """One block of attention without normalisation, on tokens."""

    def __init__(self, width, power=1.0):
        super().__init__()
        self.embed, self.readout = nn.Embedding(7, width), nn.Linear(width, 7, bias=False)
        self.read = nn.Linear(width, 3 * width, bias=False)
        self.write = nn.Linear(width, width, bias=False)
        self.power = power

    def forward(self, x):
        x = self.embed(x)
        q, k, v = self.read(x).chunk(3, -1)
        logits = q @ k.mT * 4 ** (self.power - 0.5) * q.shape[-1] ** -self.power
        return self.readout((x + self.write(logits.softmax(-1) @ v))[:, -1])


def check(make, data=vectors, **settings):
    given = {"widths": WIDTHS, "seeds": 64, "base_width": 32, "steps": 3} | settings
    return coordinate_check(make, *data(), **given)


def test_a_faithful_port_is_supported_in_every_module_and_step():
    found = check(Port, optimiser=optimiser())
    assert found.verdict is Verdict.SUPPORTED, found
    assert found.breaks == ()
    assert found.features == ("first", "middle", "readout", "outputs")
    assert [line.step for line in found.of("middle")] == [0, 1, 2, 3]


def test_what_is_clear_takes_few_seeds_and_what_is_open_more():
    assert check(Port, optimiser=optimiser(first=0.0)).seeds == 16
    assert check(Port, optimiser=optimiser(), seeds=100).seeds in (32, 64)
    assert check(Port, optimiser=optimiser(), seeds=5, steps=1).seeds == 5


def test_a_readout_that_starts_at_zero_is_no_failure():
    def zero(width):
        port = Port(width)
        nn.init.zeros_(port.readout.weight)
        return port

    found = check(zero, optimiser=optimiser())
    assert found.verdict is Verdict.SUPPORTED, found
    assert found.of("outputs")[0].verdict is None
    assert found.of("middle")[1].reason == "exactly 0 at every width"
    assert found.of("middle")[2].verdict is Verdict.SUPPORTED


def test_a_module_is_made_faithful_by_a_parametrization():
    found = check(Attentive, tokens, parametrization=mup_adam, optimiser="adam", rate=0.01)
    assert found.verdict is not Verdict.REFUTED, found
    assert found.of("outputs")[1].verdict is Verdict.SUPPORTED
    assert found.of("outputs")[0].exponent == pytest.approx(-0.5, abs=0.2)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (
            {"make": lambda w: Port(w, readout=0.5), "optimiser": optimiser(readout=0.0)},
            "readout.weight (output) breaks: its own first step moves its module by N^",
        ),
        (
            {"make": Port, "optimiser": optimiser(first=0.0)},
            "first.weight (input) breaks: its own first step moves its module by N^-",
        ),
        (
            {"make": Port, "optimiser": optimiser(readout=0.0)},
            "readout.weight (output) breaks: its own first step moves its module by N^",
        ),
        (
            {"make": Port, "parametrization": mup, "optimiser": "adam", "rate": 0.01},
            "middle.weight (hidden) breaks: its own first step moves its module by N^",
        ),
        (
            {
                "make": Attentive,
                "data": tokens,
                "parametrization": mup,
                "roles": {"embed.weight": "hidden"},
            },
            "embed breaks: its size at the start goes as N^-0.5",
        ),
        (
            {
                "make": lambda w: Attentive(w, power=0.5),
                "data": tokens,
                "parametrization": mup_adam,
                "optimiser": "adam",
                "rate": 0.01,
            },
            "logits breaks first, at step 1: it moves as N^",
        ),
    ],
    ids=[
        "readout without its multiplier",
        "first layer left in SP",
        "readout's rate left in SP",
        "Adam with exponents of gradient descent",
        "embedding treated as hidden",
        "attention scaled by 1 over the root of d",
    ],
)
def test_of_a_broken_port_the_fault_is_named(fault, named):
    found = check(**fault)
    assert found.verdict is Verdict.REFUTED, found
    assert len(found.breaks) == 1, found
    assert found.breaks[0].startswith(named), found
    assert "✗" in str(found)


def test_the_embedding_that_breaks_is_named_with_its_role():
    found = check(Attentive, tokens, parametrization=mup, roles={"embed.weight": "hidden"})
    assert "it has embed.weight (hidden)" in found.breaks[0]


def test_divergence_is_a_failure_that_names_the_width():
    found = check(Port, optimiser=optimiser(rate=1e30), seeds=4)
    assert found.verdict is Verdict.REFUTED
    assert any("not finite at width 32: training diverged" in line.reason for line in found.lines)
    assert "diverged ✗" in str(found)


def test_the_table_has_a_row_for_every_feature_and_says_what_was_found():
    shown = str(check(Port, optimiser=optimiser(), seeds=8, steps=2)).splitlines()
    assert shown[0].split("  ")[0] == "exponents of"
    assert [line.split()[0] for line in shown[1:5]] == ["first", "middle", "readout", "outputs"]
    assert shown[5].startswith("widths 32, 64, 128, 256, 8 seeds; ±")
    assert shown[6].startswith("coordinate check: ")


RULES = Rules()


def planted(exponent, noise, seed, seeds=32):
    draws = np.random.default_rng(seed).normal(size=(len(WIDTHS), seeds))
    return np.array(WIDTHS)[:, None] ** exponent * np.exp(noise * draws)


def verdict(values, **settings):
    return judge("x", 1, WIDTHS, values, **({"may_fall": False, "rules": RULES} | settings)).verdict


def test_no_false_alarm_and_no_missed_fault_among_planted_exponents():
    for seed in range(200):
        assert verdict(planted(0.0, 0.15, seed)) is not Verdict.REFUTED
        assert verdict(planted(0.5, 0.15, seed)) is not Verdict.SUPPORTED
    found = [verdict(planted(exponent, 0.1, 7)) for exponent in (0.0, 0.5, -0.5, 1.0)]
    assert found == [Verdict.SUPPORTED, *[Verdict.REFUTED] * 3]


def test_what_may_fall_is_no_fault_and_what_may_not_grow_is():
    assert verdict(planted(-0.5, 0.1, 3), may_fall=True) is Verdict.SUPPORTED
    assert verdict(planted(0.5, 0.1, 3), may_fall=True) is Verdict.REFUTED


def test_growth_that_is_no_power_law_is_growth_all_the_same():
    values = planted(0.0, 0.02, 5) * np.array([1, 2, 8, 64])[:, None]
    assert verdict(values) is Verdict.REFUTED
    line = judge("x", 1, WIDTHS, values, may_fall=False, rules=RULES)
    assert line.reason.startswith("exponent 2")
    assert line.reason.endswith("lies outside [−0.2, 0.2]")


def test_what_rises_and_falls_is_not_flat():
    values = planted(0.0, 0.02, 5) * np.array([1, 2, 2, 1])[:, None]
    assert verdict(values) is Verdict.INCONCLUSIVE


def test_numbers_that_do_not_depend_on_the_seed_are_judged_by_themselves():
    assert verdict(np.ones((4, 8))) is Verdict.SUPPORTED
    assert verdict(np.array(WIDTHS)[:, None] ** 0.5 * np.ones((4, 8))) is Verdict.REFUTED
    assert verdict(np.zeros((4, 8))) is None
    partly = np.ones((4, 8))
    partly[1, 2] = 0
    assert verdict(partly) is Verdict.INCONCLUSIVE


def test_what_is_no_check_is_refused():
    with pytest.raises(ValueError, match="widths must be at least three, increasing"):
        check(Port, widths=(32, 64))
    with pytest.raises(ValueError, match="steps must be at least 1, not 0"):
        check(Port, steps=0, seeds=2)
    with pytest.raises(ValueError, match="optimiser must be 'sgd', 'adam' or, for modules"):
        check(Port, optimiser="lion", seeds=2)
    with pytest.raises(ValueError, match="a step of LBFGS is not known to be entry by entry"):
        check(Port, optimiser=lambda m: torch.optim.LBFGS(m.parameters()), seeds=2)
