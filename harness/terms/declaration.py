"""A claim: a statement somebody made, and the measurement that settles it.

    @claim(
        provenance="made",
        source=Source("ntk-gp-cannot-learn-features", "the reply on back-propagation"),
        references=("Yang & Hu 2021, Corollary 3.9",),
        prediction=PowerLaw(-1 / 2),
        control=Control("in μP every unit moves by O(1)", parametrization=mup),
        over=Widths(64, 4096),
    )
    def test_activations_freeze(width, seeds, mlp, sphere, parametrization=ntk): ...

The decorated function stays a plain function: the measurement at one width. It
returns one number per seed. pytest finds it by its name like any test, the
plugin makes the items `[width64]`, …, `[control]` and `[verdict]` of it, and its
docstring is the claim's section of the page.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from .drawing import Drawing, Map
from .given import Given
from .ladder import EFFORTS, Ladder, Rungs
from .prediction import Prediction
from .provenance import Provenance
from .verdict import Verdict

Measurement = TypeVar("Measurement", bound=Callable[..., Any])
Declaration = ParamSpec("Declaration")
Decorator = TypeVar("Decorator")

_ATTRIBUTE = "__widthwise_claim__"


class ClaimError(ValueError):
    """A claim is declared in a way that could not be judged."""


@dataclass(frozen=True)
class Source:
    """Where a statement was made.

    Attributes:
        discussion: the title of the discussion, paper or thread.
        place: where in it, so that a reader finds the words.
    """

    discussion: str
    place: str


@dataclass(frozen=True, init=False)
class Control:
    """A setting in which the same measurement must not give the claimed answer.

    Attributes:
        description: what differs and what is known to happen there.
        setting: arguments of the measurement to replace, by name.
        measure: another measurement to take instead, or None for the claim's own.
        expect: the verdict that must come out, or its word; None stands for the opposite
            of the claim's own expected verdict.

    Raises:
        ClaimError: if it changes nothing, or if `expect` is no verdict.
    """

    description: str
    setting: Mapping[str, Any]
    measure: Callable[..., Any] | None
    expect: Verdict | None

    def __init__(
        self,
        description: str,
        *,
        measure: Callable[..., Any] | None = None,
        expect: Verdict | str | None = None,
        **setting: Any,
    ) -> None:
        if not setting and measure is None:
            raise ClaimError(
                f"Control({description!r}) changes nothing: name an argument of the measurement "
                "to replace, or another measurement with measure="
            )
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "setting", MappingProxyType(dict(setting)))
        object.__setattr__(self, "measure", measure)
        if expect is not None:
            expect = _verdict(f"Control({description!r})", expect, Verdict)
        object.__setattr__(self, "expect", expect)


@dataclass(frozen=True)
class Claim:
    """What `claim` knows of the function it decorates.

    Attributes:
        name: the function's name without `test_`; unique in a run.
        measure: the measurement at one rung of the ladder.
        provenance: who says it: made, implied, background or instrument.
        source: where the statement was made, or what it belongs to.
        references: the papers the prediction comes from.
        prediction: what the samples are held against.
        control: the setting that must fail.
        over: the ladder, by effort.
        expect: the verdict that makes the test pass.
        noise: the relative standard deviation of one seed, where the author
            knows it; lets a hopeless design be recognised before it is run.
        seeds_of: the name that the seeds derive from; claims that share it look at
            the same networks.
        draws: makes what the page shows beside the figure, or None.
        given: the event that the claim is about; None for all replicates.
    """

    name: str
    measure: Callable[..., Any]
    provenance: Provenance
    source: Source
    references: tuple[str, ...]
    prediction: Prediction
    control: Control
    over: Rungs
    expect: Verdict
    noise: float | None
    seeds_of: str
    draws: Callable[..., Drawing | Map | None] | None = None
    given: Given | None = None

    @property
    def control_expect(self) -> Verdict:
        """The verdict the control must reach."""
        return self.control.expect or self.expect.opposite

    @property
    def rung_name(self) -> str:
        """The argument of the measurement that a rung is passed to."""
        return self._ladder.name

    @property
    def tied(self) -> tuple[tuple[str, float], ...]:
        """Other arguments that grow with the rung, and by which multiple of it."""
        return self._ladder.tied

    def at(self, rung: float) -> dict[str, float]:
        """What the measurement is passed at a rung, besides the seeds and its own arguments."""
        return {self.rung_name: rung, **self._ladder.beside(rung)}

    @property
    def _ladder(self) -> Ladder:
        return self.over.at(EFFORTS["standard"])


def _in_parentheses(declare: Callable[Declaration, Decorator]) -> Callable[Declaration, Decorator]:
    """Tell those who write `@claim` alone what to write."""

    @functools.wraps(declare)
    def called(*bare: Declaration.args, **declaration: Declaration.kwargs) -> Decorator:
        if bare:
            name = getattr(bare[0], "__name__", repr(bare[0]))
            raise ClaimError(
                f"claim {name.removeprefix('test_')!r}: a claim is declared in parentheses, by "
                "name: @claim(provenance=..., source=Source(...), prediction=PowerLaw(-1/2), "
                "control=Control(...), over=Widths(64, 4096))"
            )
        return declare(*bare, **declaration)

    return called


@_in_parentheses
def claim(
    *,
    provenance: Provenance | str,
    source: Source,
    prediction: Prediction,
    over: Rungs,
    control: Control | None = None,
    references: tuple[str, ...] = (),
    expect: Verdict | str = Verdict.SUPPORTED,
    noise: float | None = None,
    seeds_of: str | None = None,
    draws: Callable[..., Drawing | Map | None] | None = None,
    given: Given | None = None,
) -> Callable[[Measurement], Measurement]:
    """Declare the decorated measurement to be a claim.

    Args:
        provenance: "made" if somebody in the discussion says it, "implied" if it follows at
            once from what was said, "background" if it is theory that the argument needs,
            "instrument" if it checks the code that measures.
        source: where the statement was made; for the last two, what it belongs to.
        prediction: the law, number or order the samples are held against.
        over: the ladder, e.g. `Widths(64, 4096)`.
        control: a setting in which the same measurement must not give that answer;
            a claim without one is refused by name.
        references: the papers the prediction comes from, with theorem or equation.
        expect: the verdict that makes the test pass, or its word; "refuted" for a statement
            that is known to be wrong as it was made.
        noise: relative standard deviation of one seed, if known.
        seeds_of: a name that the seeds derive from instead of the claim's own, so that
            claims which look at the same networks can share their measurement (`Shared`).
        draws: a function that returns curves or a map for the page, or None, from arguments of
            the measurement other than the rung and the seeds; nothing is judged by them, and
            samples do not depend on them.
        given: an event, `Given("the network trains to zero error")`: the measurement then
            returns `values, met`, and the verdict is about replicates that meet it at every
            rung. The same holds of the control.

    Returns:
        A decorator that returns the function unchanged.

    Raises:
        ClaimError: if the claim could not be judged as declared; the message
            names the claim, the value and what would be right.
    """

    def decorate(measure: Measurement) -> Measurement:
        name = measure.__name__.removeprefix("test_")
        if control is None:
            raise ClaimError(
                f"claim {name!r}: control is missing; name a setting that must fail with "
                "control=Control(...): a check that cannot fail proves nothing"
            )
        _require_collectable(measure, name)
        declared = Claim(
            name=name,
            measure=measure,
            provenance=_provenance(name, provenance),
            source=source,
            references=tuple(references),
            prediction=prediction,
            control=control,
            over=over,
            expect=_verdict(f"claim {name!r}", expect, (Verdict.SUPPORTED, Verdict.REFUTED)),
            noise=noise,
            seeds_of=name if seeds_of is None else seeds_of,
            draws=draws,
            given=given,
        )
        _validate(declared)
        setattr(measure, _ATTRIBUTE, declared)
        return measure

    return decorate


def claim_of(function: object) -> Claim | None:
    """The claim a function was declared to be, or None."""
    declared = getattr(function, _ATTRIBUTE, None)
    return declared if isinstance(declared, Claim) else None


def _provenance(claim: str, word: Provenance | str) -> Provenance:
    try:
        return Provenance(word)
    except ValueError:
        words = ", ".join(repr(str(known)) for known in Provenance)
        raise ClaimError(
            f"claim {claim!r}: provenance must be one of {words}, got {word!r}: it says who makes "
            "the statement"
        ) from None


def _verdict(of: str, word: object, known: Iterable[Verdict]) -> Verdict:
    for verdict in known:
        if word == verdict:  # a Verdict is its word
            return verdict
    words = " or ".join(repr(str(verdict)) for verdict in known)
    raise ClaimError(f"{of}: expect must be {words}, got {word!r}")


def _require_collectable(measure: Callable[..., Any], name: str) -> None:
    """Refuse what pytest would not run, or could not run as a measurement."""

    def refuse(problem: str) -> ClaimError:
        return ClaimError(f"claim {name!r}: {problem}")

    owner = measure.__qualname__.rpartition("<locals>.")[2].rpartition(".")[0]
    if owner:
        raise refuse(
            f"a claim is a function of its module, and this one is a method of {owner}; take it "
            f"out of the class and write def test_{name}(width, seeds, ...)"
        )
    if not measure.__name__.startswith("test_"):
        raise refuse(
            f"pytest collects functions named test_..., not {measure.__name__!r}; "
            f"write def test_{name if name.isidentifier() else 'what_is_claimed'}(...)"
        )
    if inspect.iscoroutinefunction(measure) or inspect.isasyncgenfunction(measure):
        raise refuse("a measurement returns its numbers, not a coroutine; write def, not async def")
    if inspect.isgeneratorfunction(measure):
        raise refuse("a measurement returns one number per seed; write return, not yield")


def _validate(declared: Claim) -> None:
    def refuse(problem: str) -> ClaimError:
        return ClaimError(f"claim {declared.name!r}: {problem}")

    if not isinstance(declared.source, Source):
        raise refuse(f"source must be a Source, got {declared.source!r}")
    if not isinstance(declared.control, Control):
        raise refuse(
            f"control must be a Control, got {declared.control!r}: "
            "a check that cannot fail proves nothing"
        )
    if not hasattr(declared.prediction, "judge"):
        raise refuse(f"prediction must be one such as PowerLaw(-1/2), got {declared.prediction!r}")
    if not hasattr(declared.over, "at"):
        raise refuse(f"over must be a ladder such as Widths(64, 4096), got {declared.over!r}")
    if declared.expect is Verdict.REFUTED and declared.provenance is not Provenance.MADE:
        raise refuse(
            f"expect is refuted and provenance is {str(declared.provenance)!r}: only a statement "
            "that was made can be refuted; claim what holds instead"
        )
    if declared.given is not None and not isinstance(declared.given, Given):
        raise refuse(f'given must be an event such as Given("it trains"), got {declared.given!r}')
    noise = 0 if declared.noise is None else declared.noise
    if not isinstance(noise, (int, float)) or not 0 <= noise < float("inf"):
        raise refuse(f"noise must be a finite number of at least 0, got {declared.noise!r}")
    if not isinstance(declared.seeds_of, str) or not declared.seeds_of:
        raise refuse(f"seeds_of must be a name, got {declared.seeds_of!r}")
    if not inspect.getdoc(declared.measure):
        stripped = "; python -OO (PYTHONOPTIMIZE=2) strips docstrings: run without it"
        raise refuse(
            "the measurement needs a docstring: it states the claim on the page"
            + stripped * (sys.flags.optimize >= 2)
        )
    for effort in EFFORTS.values():
        try:
            declared.prediction.require(declared.over.at(effort))
        except ValueError as error:
            raise refuse(f"{error} at --effort {effort.name}, of {declared.over!r}") from None
    _validate_arguments(declared, refuse)


def _validate_arguments(declared: Claim, refuse: Callable[[str], ClaimError]) -> None:
    own = inspect.signature(declared.measure).parameters
    for needed in (declared.rung_name, "seeds", *dict(declared.tied)):
        if needed not in own:
            raise refuse(f"the measurement must take {needed!r}; it takes {', '.join(own)}")
    for replaced in declared.control.setting:
        if replaced not in own or replaced in (declared.rung_name, "seeds"):
            free = [name for name in own if name not in (declared.rung_name, "seeds")]
            raise refuse(
                f"the control replaces {replaced!r}, which is not an argument it can replace; "
                f"those are {', '.join(free) or 'none'}"
            )
    if declared.control.measure is None and all(
        _is_same(own[name].default, value) for name, value in declared.control.setting.items()
    ):
        raise refuse(
            f"the control sets {', '.join(declared.control.setting)} to what the claim itself "
            "uses and so changes nothing"
        )
    for taken in () if declared.draws is None else inspect.signature(declared.draws).parameters:
        if taken not in own or taken in (declared.rung_name, "seeds", *dict(declared.tied)):
            raise refuse(
                f"draws= takes {taken!r}, which is not an argument that a drawing can have; those "
                "are the measurement's, without the rung and the seeds"
            )
    if declared.control.measure is not None:
        known = {**own, **declared.control.setting}
        for name, parameter in inspect.signature(declared.control.measure).parameters.items():
            if name not in known and parameter.default is parameter.empty:
                raise refuse(
                    f"the control's measurement takes {name!r}, which the claim's does not supply"
                )


def _is_same(default: object, value: object) -> bool:
    """Whether a control's value is the default itself; arrays are compared by identity."""
    plain = (bool, int, float, str)
    return default is value or (isinstance(value, plain) and default == value)
