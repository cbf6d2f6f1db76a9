"""Check widthwise on a GPU in minutes: right, fast, and what it does without memory.

    python benchmarks/device_check.py --device cuda:0 --out device.json
    python benchmarks/device_check.py --device cpu --tiny --out device.json     # a rehearsal

Every part is run by itself, and one that fails leaves its message instead of its numbers, so
that little time on a lent machine is never lost. What is written is data: `docs/performance.md`
shows the newest with card and date.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from widthwise.harness.terms.evidence import Evidence
from widthwise.models import MLP, WideMLP, erf, kernel_rate, sphere, tangent_kernel, train
from widthwise.reports.files import read

ROOT = Path(__file__).parents[1]
POINTS = 32


@dataclass(frozen=True)
class Plan:
    """How much to check.

    Attributes:
        device: where, e.g. "cuda:0".
        widths: of the networks whose training and kernels are timed.
        endless: the width trained without weights.
        steps: of every timed training.
        claims: what to run of the catalogue.
        tests: what to run of the tests.
        reference: the evidence of a run on a CPU to compare verdicts with, or None.
    """

    device: str
    widths: tuple[int, ...]
    endless: int
    steps: int
    claims: str
    tests: str
    reference: Path | None


def waited(plan: Plan) -> float:
    """Now, once the device has done all that it was given."""
    if plan.device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds(plan: Plan, work: Callable[[], Any]) -> float:
    """The shorter of two runs of some work, after one to warm up."""
    work()
    runs = []
    for _ in range(2):
        began = waited(plan)
        work()
        runs.append(waited(plan) - began)
    return min(runs)


def machine(plan: Plan) -> dict[str, Any]:
    """What is measured."""
    on_gpu = plan.device != "cpu"
    properties = torch.cuda.get_device_properties(plan.device) if on_gpu else None
    return {
        "device": torch.cuda.get_device_name(plan.device) if on_gpu else "cpu",
        "bytes": properties.total_memory if properties else None,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def product_rate(plan: Plan) -> dict[str, float]:
    """Operations per second of a batched float32 product: the floor of everything below."""
    n = 256 if plan.device == "cpu" else 4096
    a = torch.randn(8, n, n, device=plan.device)
    return {"flops": 16 * n**3 / seconds(plan, lambda: torch.bmm(a, a))}


def networks(plan: Plan, width: int) -> tuple[MLP, torch.Tensor, torch.Tensor]:
    """As many networks as make a sensible batch at that width, and what they train on."""
    data = sphere(POINTS, 1, 8).to(device=plan.device)
    count = max(1, min(16, 2**28 // width**2))
    made = MLP.initialise(width, range(count), input_dim=8, activation=erf, device=plan.device)
    return made, data.x_train, data.y_train


def training(plan: Plan) -> dict[str, Any]:
    """Seconds per step of an ensemble, and its share of the rate of bare products."""
    floor = product_rate(plan)["flops"]
    found = {}
    for width in plan.widths:
        ensemble, x, y = networks(plan, width)
        rate = kernel_rate(ensemble, x)

        def run(ensemble=ensemble, x=x, y=y, rate=rate):
            return train(ensemble, x, y, steps=plan.steps, rate=rate, tolerance=0)

        step = seconds(plan, run) / plan.steps
        flops = 6 * len(ensemble) * POINTS * width**2
        found[str(width)] = {
            "networks": len(ensemble),
            "seconds per step": step,
            "share of the product rate": flops / step / floor,
            # Every step reads the matrix in both directions and writes it.
            "bytes per second": 16 * len(ensemble) * width**2 / step,
        }
    return found


def kernels(plan: Plan) -> dict[str, float]:
    """Seconds for the tangent kernels of an ensemble."""
    found = {}
    for width in plan.widths:
        ensemble, x, _ = networks(plan, width)
        found[str(width)] = seconds(plan, lambda e=ensemble, x=x: tangent_kernel(e, x))
    return found


def without_weights(plan: Plan) -> dict[str, float]:
    """Seconds per step of one network whose hidden matrix is never drawn."""
    data = sphere(16, 1, 8).to(device=plan.device)
    steps = min(plan.steps, 8)
    network = WideMLP.initialise(
        plan.endless, (0,), input_dim=8, activation=erf, device=plan.device
    )

    def run() -> None:
        train(network, data.x_train, data.y_train, steps=steps, rate=0.1, tolerance=0)

    return {"width": plan.endless, "seconds per step": seconds(plan, run) / steps}


def launches(plan: Plan) -> dict[str, float]:
    """Kernels that the device is given per step of training."""
    ensemble, x, y = networks(plan, plan.widths[0])
    rate = kernel_rate(ensemble, x)
    activity = torch.profiler.ProfilerActivity
    kinds = [activity.CPU] if plan.device == "cpu" else [activity.CPU, activity.CUDA]

    def counted(steps: int) -> int:
        with torch.profiler.profile(activities=kinds) as profile:
            train(ensemble, x, y, steps=steps, rate=rate, tolerance=0)
        wanted = torch.autograd.DeviceType.CPU if plan.device == "cpu" else None
        return sum(
            event.count
            for event in profile.key_averages()
            if wanted is not None or event.self_device_time_total > 0
        )

    return {"per step": (counted(40) - counted(8)) / 32}


def memory(plan: Plan) -> dict[str, Any]:
    """The most that training took at the largest width, against its parameters."""
    if plan.device == "cpu":
        return {"peak": None}
    torch.cuda.reset_peak_memory_stats()
    ensemble, x, y = networks(plan, plan.widths[-1])
    train(ensemble, x, y, steps=2, tolerance=0)
    own = sum(tensor.nbytes for tensor in ensemble.parameters.tensors)
    return {"peak": torch.cuda.max_memory_allocated(), "parameters": own}


def exhaustion(plan: Plan) -> dict[str, str]:
    """What is said when networks cannot fit, on purpose."""
    try:
        MLP.initialise(2**20, range(64), input_dim=8, device=plan.device)
    except (MemoryError, torch.OutOfMemoryError) as error:
        return {"said": f"{type(error).__name__}: {error}"}
    return {"said": "nothing: 64 networks of width 2^20 were made"}


def tests(plan: Plan) -> dict[str, Any]:
    """The tests of models on the device."""
    return pytest(plan, plan.tests, "-q", "-p", "no:cacheprovider")


def catalogue(plan: Plan) -> dict[str, Any]:
    """The claims at quick effort, and every verdict that is not the CPU's."""
    with tempfile.TemporaryDirectory() as folder:
        run = pytest(
            plan, plan.claims, "-q", f"--store={folder}/store", f"--evidence={folder}/evidence"
        )
        records = read(Path(folder) / "evidence")
        found = {r.name: str(r.finding.judgement.verdict) for r in records}
    known = {r.name: str(r.finding.judgement.verdict) for r in reference(plan)}
    both = found.keys() & known.keys()
    other = {name: [known[name], found[name]] for name in both if known[name] != found[name]}
    return {**run, "verdicts": len(found), "compared": len(both), "other": other}


def reference(plan: Plan) -> Sequence[Evidence]:
    """The records of the CPU's run, if there is one to compare with."""
    return () if plan.reference is None else read(plan.reference)


def pytest(plan: Plan, *arguments: str) -> dict[str, Any]:
    """Run pytest on the device; its last line and how long it took."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", *arguments, f"--device={plan.device}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
    return {
        "status": done.returncode,
        "said": "".join(last),
        "seconds": time.perf_counter() - began,
    }


PARTS = (
    machine,
    product_rate,
    training,
    kernels,
    without_weights,
    launches,
    memory,
    exhaustion,
    tests,
    catalogue,
)


def check(plan: Plan) -> dict[str, Any]:
    """All parts, each with its numbers or with what stopped it."""
    found: dict[str, Any] = {}
    for part in PARTS:
        print(f"{part.__name__.replace('_', ' ')} …", flush=True)
        try:
            found[part.__name__] = part(plan)
        except Exception as error:
            traceback.print_exc()
            found[part.__name__] = {"failed": f"{type(error).__name__}: {error}"}
    return found


def plan_of(options: argparse.Namespace) -> Plan:
    """What the options ask for; `--tiny` is a rehearsal in seconds."""
    if options.tiny:
        widths, endless, steps = (16, 32), 2**12, 4
        claims = "claims/linearisation/test_homogeneous_nets_satisfy_euler.py"
        tests = "tests/device/test_pretended_gpu.py"
    else:
        widths, endless, steps = (1024, 4096, 16384), 2**20, 32
        claims, tests = "claims", "tests/device"
    return Plan(options.device, widths, endless, steps, claims, tests, options.reference)


def sound(found: dict[str, Any]) -> bool:
    """Whether every part ran, its tests passed and no verdict differs."""
    return not any(
        "failed" in part or part.get("status") or part.get("other") for part in found.values()
    )


def main() -> int:
    """Check, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--tiny", action="store_true", help="a rehearsal in a minute")
    parser.add_argument("--reference", type=Path, metavar="DIR", help="evidence of a CPU run")
    parser.add_argument("--out", type=Path, default=Path("device.json"))
    options = parser.parse_args()
    found = check(plan_of(options))
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    return 0 if sound(found) else 1


if __name__ == "__main__":
    sys.exit(main())
