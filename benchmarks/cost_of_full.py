"""What effort "full" costs: arithmetic and traffic of every topic, and the time they need on a GPU.

`python benchmarks/cost_of_full.py --write docs/scaling.md` puts the tables between the marks there.
Every variant of every claim, and its control, is measured once at a small width with two seeds.
Each product's operations and each operation's bytes are counted together with the power of the
width that they grow by: the width is twice a prime that divides no other size, so that the power is
how often the prime divides the count. That gives the cost at every rung of the ladder.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WIDTH = 2 * 59
WITHOUT_WEIGHTS = 2 * 587  # where as many directions are asked for as at any width
SEEDS = (11, 12)
START, END = "<!-- full: start -->", "<!-- full: end -->"


@dataclass(frozen=True)
class Card:
    """A GPU, by its data sheet.

    Attributes:
        rate: float32 operations per second without tensor cores; float64 with them has the same.
        bandwidth: bytes per second.
    """

    name: str
    rate: float
    bandwidth: float

    def seconds(self, flops: float, moved: float) -> float:
        """The least that so much takes."""
        return max(flops / self.rate, moved / self.bandwidth)


CARDS = (Card("H100", 67e12, 3.35e12), Card("H200", 67e12, 4.8e12))


def counting(counts: Counter[str], width: int) -> Any:
    """A mode under which what torch does is added to the counts, as "kind power"."""
    from torch import Tensor
    from torch.nn import Parameter
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    def power(count: int) -> int:
        found = 0
        while count and count % (width // 2) == 0:
            count, found = count // (width // 2), found + 1
        return found

    def product(name: str, args: tuple[Any, ...], out: Any) -> int:
        name = name.removeprefix("aten::").removesuffix("_")
        if name in ("mm", "bmm", "mv", "dot"):
            return 2 * out.numel() * args[0].shape[-1]
        if name in ("addmm", "baddbmm", "addmv"):
            return 2 * out.numel() * args[1].shape[-1]
        if name == "convolution":
            return 2 * out.numel() * math.prod(args[1].shape[1:])
        if name == "convolution_backward":  # of the inputs, of the filters, or of both
            return 2 * args[0].numel() * math.prod(args[2].shape[1:]) * sum(args[10][:2])
        return 0

    def stored(tensor: Tensor) -> int:
        sizes = zip(tensor.shape, tensor.stride(), strict=True)
        return math.prod(size for size, stride in sizes if stride)

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            kwargs = kwargs or {}
            for kind in types:
                if kind not in (Tensor, Parameter):  # answers by operations of its own
                    with self:
                        return kind.__torch_dispatch__(func, types, args, kwargs)
            out = func(*args, **kwargs)
            aliases = [returned.alias_info for returned in func._schema.returns]
            name = func._schema.name
            if any(a is not None and not a.is_write for a in aliases) or "empty" in name:
                return out  # a view or room
            flops = product(name, args, out)
            if flops:
                counts[f"flops {power(flops)}"] += flops
            for tensor in tree_leaves((args, kwargs, out)):
                if isinstance(tensor, Tensor):
                    moved = stored(tensor)
                    counts[f"bytes {power(moved)}"] += moved * tensor.element_size()
            counts["launches 0"] += 1
            return out

    return Counting()


class Shared:
    """The fixture `shared`, which counts what is shared once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}
        self.seeds_of = ""

    def __call__(self, measure: Any, /, *, seeds: Any, **arguments: Any) -> Any:
        from widthwise.harness.measuring.digest import digest
        from widthwise.harness.measuring.returned import as_array

        key = self.seeds_of, digest(measure, arguments)
        if key not in self.kept:
            found = measure(seeds=seeds, **arguments).items()
            self.kept[key] = {name: as_array(value) for name, value in found}
        return self.kept[key]


def look(shared: Shared) -> Callable[[Any, float], Iterator[dict[str, Any]]]:
    """Counts a case and its control, by network where its widths are those of `wide_mlp`."""

    def looked(case: Any, rung: float) -> Iterator[dict[str, Any]]:
        from widthwise.harness.terms.ladder import EFFORTS
        from widthwise.models import AnyWidth

        shared.seeds_of = case.claim.seeds_of
        ladder = case.claim.over.at(EFFORTS["full"])
        over_width = case.claim.rung_name == "width"
        for role in ("claim", "control"):
            setting = case.setting(role)
            parameters = inspect.signature(setting.measure).parameters
            arguments = {
                **setting.arguments,
                **({"shared": shared} if "shared" in parameters else {}),
            }
            tries = [(WIDTH if over_width else rung, 10**9)]
            if over_width and "wide_mlp" in arguments and ladder.rungs[-1] >= AnyWidth().crossover:
                tries.append((WITHOUT_WEIGHTS, 0))
            for at, crossover in tries:
                if "wide_mlp" in arguments:
                    arguments["wide_mlp"] = AnyWidth(crossover=crossover)
                counts: Counter[str] = Counter()
                try:
                    with counting(counts, int(at) if over_width else 2**62):
                        setting.measure(**arguments, **setting.at(at), seeds=SEEDS)
                    failed = None
                except Exception as error:
                    failed = f"{type(error).__name__}: {error}"
                yield {
                    "claim": case.claim.name,
                    "name": setting.label,
                    "topic": case.topic,
                    "at": at if over_width else None,
                    "without": crossover == 0,
                    "rungs": list(ladder.rungs),
                    "counts": counts,
                    "failed": failed,
                }

    return looked


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    from tests.claims.walk import Walk

    config.pluginmanager.register(Walk(list, look(Shared())))


def pytest_collection_finish() -> None:
    """Networks at once, as on a GPU."""
    import importlib

    importlib.import_module("widthwise.models.networks.network")._BLOCK_BYTES = 2**40


def at_width(counts: Mapping[str, int], kind: str, ratio: float) -> float:
    """What was counted, at so many times the width."""
    powers = ((key.split(), count) for key, count in counts.items())
    return sum(count * ratio ** int(p) for (own, p), count in powers if own == kind)


@dataclass(frozen=True)
class Cost:
    """What a look costs: operations, bytes, and the least seconds on each card.

    Attributes:
        launches: operations of the device, whatever their size.
        seconds: by card; of every rung what bounds it there, arithmetic or memory.
    """

    flops: float = 0.0
    moved: float = 0.0
    seconds: tuple[float, ...] = (0.0,) * len(CARDS)
    launches: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        both = zip(self.seconds, other.seconds, strict=True)
        return Cost(
            self.flops + other.flops,
            self.moved + other.moved,
            tuple(map(sum, both)),
            self.launches + other.launches,
        )

    @classmethod
    def of(
        cls, counts: Mapping[str, int], ratio: float, times: float, in_turns: bool = False
    ) -> Cost:
        """Of what was counted, at so many times the width and so many times the networks."""
        flops, moved = (times * at_width(counts, kind, ratio) for kind in ("flops", "bytes"))
        seconds = tuple(card.seconds(flops, moved) for card in CARDS)
        launches = counts.get("launches 0", 0) * (times if in_turns else 1)
        return cls(flops, moved, seconds, launches)


def first_looks(lines: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[dict[str, Any], Cost]]]:
    """The cost of the first look at full, 16 seeds a rung, of every setting by topic."""
    from widthwise.harness.terms.ladder import FIRST_LOOK
    from widthwise.models import AnyWidth

    settings: dict[str, dict[bool, Any]] = {}
    for line in lines:
        settings.setdefault(line["name"], {})[line["without"]] = line
    found: dict[str, list[tuple[dict[str, Any], Cost]]] = {}
    for kinds in settings.values():
        cost, own = Cost(), kinds[False]
        for rung in own["rungs"]:
            line = kinds[True] if True in kinds and rung >= AnyWidth().crossover else own
            ratio = rung / line["at"] if line["at"] else 1.0
            cost += Cost.of(line["counts"], ratio, FIRST_LOOK / len(SEEDS), line["without"])
        found.setdefault(own["topic"], []).append((own, cost))
    return found


def table(looks: Mapping[str, list[tuple[dict[str, Any], Cost]]]) -> Iterator[str]:
    """Every topic, all of them, and the claims that cost the most."""
    cards = " | ".join(f"{card.name}, s" for card in CARDS)
    yield f"| first look at full | settings | batches | 10⁶ launches | PFLOP | TB | {cards} |"
    yield "|---|---|---|---|---|---|" + "---|" * len(CARDS)
    every = [pair for pairs in looks.values() for pair in pairs]
    rows = {topic.replace("_", " "): pairs for topic, pairs in looks.items()} | {"all": every}
    for name, pairs in rows.items():
        total = sum((cost for _, cost in pairs), Cost())
        batches = sum(len(line["rungs"]) for line, _ in pairs)
        launches = f"{total.launches / 1e6:.2g}"
        yield f"| {name} | {len(pairs)} | {batches:,} | {launches} | {_cells(total)} |"
    yield ""
    yield f"| claims that cost the most, first look | settings | PFLOP | TB | {cards} |"
    yield "|---|---|---|---|" + "---|" * len(CARDS)
    claims: dict[str, list[Cost]] = {}
    for line, cost in every:
        claims.setdefault(line["claim"], []).append(cost)
    totals = {name: sum(costs, Cost()) for name, costs in claims.items()}
    for name in sorted(totals, key=lambda name: -totals[name].seconds[0])[:12]:
        yield f"| {name} | {len(claims[name])} | {_cells(totals[name])} |"


def _cells(cost: Cost) -> str:
    times = " | ".join(f"{seconds:,.3g}" for seconds in cost.seconds)
    return f"{cost.flops / 1e15:,.3g} | {cost.moved / 1e12:,.3g} | {times}"


def training(
    widths: Iterable[int] = (4096, 16384, 65536, 2**20), steps: int = 100
) -> Iterator[str]:
    """One batch of 16 networks, with its weights and without."""
    from widthwise.models import MLP, WideMLP, erf, sphere, train

    data = sphere(32, 1, 8)
    each = {}
    for kind in (MLP, WideMLP):
        network = kind.initialise(WITHOUT_WEIGHTS, (3,), input_dim=8, activation=erf)
        counts: Counter[str] = Counter()
        with counting(counts, WITHOUT_WEIGHTS):
            train(network, data.x_train, data.y_train, steps=steps, rate=0.1, tolerance=0)
        each[kind] = counts
    cards = " | ".join(f"{card.name}, s" for card in CARDS)
    yield f"| 16 networks, 2 hidden layers, 32 points, {steps} steps | PFLOP | TB | {cards} |"
    yield "|---|---|---|" + "---|" * len(CARDS)
    for width in widths:
        for kind, how in ((MLP, "with"), (WideMLP, "without")):
            cost = Cost.of(each[kind], width / WITHOUT_WEIGHTS, 16)
            yield f"| width {width:,} {how} weights | {_cells(cost)} |"


def main() -> None:
    """Count, and print or write the tables."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.claims.walk import walk

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a file with the two marks")
    parser.add_argument(
        "--counts", type=Path, help="lines of an earlier walk, instead of a new one"
    )
    options = parser.parse_args()
    if options.counts:
        lines = [json.loads(line) for line in options.counts.read_text().splitlines()]
    else:
        with tempfile.TemporaryDirectory() as place:
            lines = walk("benchmarks.cost_of_full", Path(place))
    failed = {line["name"]: line["failed"] for line in lines if line["failed"]}
    if failed:
        print(f"not counted: {failed}", file=sys.stderr)
    text = "\n".join([*table(first_looks(lines)), "", *training()])
    if options.write is None:
        print(text)
        return
    before, rest = options.write.read_text().split(START)
    after = rest.split(END)[1]
    options.write.write_text(f"{before}{START}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
