"""What changes the identity of a measurement, and what does not."""

import dataclasses
import enum
import functools
import importlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from widthwise.harness.measuring.digest import NotIdentifiableError, digest
from widthwise.harness.measuring.shared import Shared
from widthwise.harness.measuring.source_code import (
    reading_of,
    release,
    source_of,
    without_declarations,
)

LAB = '''
"""A measurement and what it calls."""
import functools
import numpy as np
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

FACTOR = 2.0

def twice(x):
    """Two calls away."""
    return FACTOR * x

def centred(x):
    return twice(x) - x.mean()

class Net:
    """A class it uses."""
    depth: int = 3

    def forward(self, x):
        return centred(x) * self.depth

def scaled(by):
    def inner(x):
        return by * x
    return inner

OPENED = scaled(3)
FIRST, SECOND = lambda x: x + 1, lambda x: x + 2

def even(n):
    return n == 0 or odd(n - 1)

def odd(n):
    return n > 0 and even(n - 1)

@claim(
    provenance="made",
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1 / 2),
    control=Control("elsewhere", net=None),
    over=Widths(64, 4096),
)
def test_freeze(width, seeds, net=Net, start=1.0):
    """It freezes."""
    return OPENED(net().forward(np.ones(len(seeds)))) * even(width) + FIRST(start)
'''


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Imports a version of the laboratory, each as the same module."""

    def load(*changes, **files):
        text = LAB
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, content in {"lab": text, **files}.items():
            (folder / f"{name}.py").write_text(content)
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(folder)
        return importlib.import_module("lab")

    return load


def of(module, **arguments):
    return digest(module.test_freeze, arguments)


@pytest.mark.parametrize(
    "change",
    [
        ("return FACTOR * x", "return FACTOR * x * 1"),
        ("FACTOR = 2.0", "FACTOR = 2.5"),
        ("return centred(x) * self.depth", "return centred(x) / self.depth"),
        ("depth: int = 3", "depth: int = 4"),
        ("OPENED = scaled(3)", "OPENED = scaled(4)"),
        ("return by * x", "return by + x"),
        ("lambda x: x + 1", "lambda x: x + 3"),
        ("start=1.0", "start=1.5"),
        ("even(width)", "odd(width)"),
        ("return n > 0 and even(n - 1)", "return n > 1 and even(n - 1)"),
    ],
    ids=lambda change: change[0],
)
def test_a_change_of_code_changes_it(lab, change):
    assert of(lab()) != of(lab(change))


@pytest.mark.parametrize(
    "change",
    [
        ('"""Two calls away."""', '"""At a distance."""'),
        ('    """Two calls away."""\n', ""),
        ('"""It freezes."""', '"""It really does.\n\n    Statement\n        So.\n    """'),
        ("return twice(x)", "# first\n\n    return  twice( x )"),
        ("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.1)"),
        ("Widths(64, 4096)", "Widths(64, 8192)"),
        ('"its end"', '"its beginning"'),
        ("@claim", "import pytest\n@pytest.mark.parametrize('start', [1])\n@claim"),
    ],
    ids=lambda change: change[0],
)
def test_words_and_the_declaration_do_not(lab, change):
    assert of(lab()) == of(lab(change))


def test_a_decorator_that_is_not_a_declaration_does(lab):
    wrapper = (
        "def halved(f):\n    @functools.wraps(f)\n    def wrapped(*a, **k):\n"
        "        return f(*a, **k) / 2\n    return wrapped\n\n@claim"
    )
    bare = lab(("@claim", wrapper))
    decorated = lab(("@claim", wrapper), ("def test_freeze", "@halved\ndef test_freeze"))
    halved_more = lab(
        ("@claim", wrapper.replace("/ 2", "/ 4")),
        ("def test_freeze", "@halved\ndef test_freeze"),
    )
    assert len({of(bare), of(decorated), of(halved_more)}) == 3


@pytest.mark.parametrize(
    "importing",
    [
        "from step import size",
        "import step; size = step.size",
        "import step as s; size = s.size",
        "from package.inner import size",
        "from package import inner; size = inner.size",
        "import package.inner; size = package.inner.size",
    ],
)
def test_imports_inside_a_function_are_followed(lab, importing, tmp_path):
    inside = ("return FACTOR * x", f"{importing}; return size() * x")

    def version(size):
        text = f"def size():\n    return {size}\n"
        folder = tmp_path / f"packages {size}" / "package"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "inner.py").write_text(text)
        for name in ("package", "package.inner"):
            sys.modules.pop(name, None)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder.parent)
            return of(lab(inside, step=text))

    assert version(1) != version(2)


def test_an_optional_import_may_be_missing(lab):
    inside = (
        "return FACTOR * x",
        "try:\n        import not_installed_anywhere\n"
        "    except ImportError:\n        pass\n    return x",
    )
    assert of(lab(inside)) != of(lab())


def test_a_module_as_an_argument_counts_with_what_it_passes_on(lab):
    face = "from step import size\n"

    def version(size):
        module = lab(step=f"def size():\n    return {size}\n", face=face)
        return of(module, net=importlib.import_module("face"))

    assert version(1) == version(1)
    assert version(1) != version(2)


@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    label: str = "a"


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def plus(x, y=0):
    return x + y


def adding(by):
    return lambda x: x + by


def starting(at):
    def start(x=at):
        return x

    return start


def measure(width, seeds, thing=None):
    """Any."""
    return np.ones(len(seeds))


DIFFERENT = {
    "number": (1, 2),
    "type of a number": (1, 1.0),
    "truth": (1, True),
    "string": ("a", "b"),
    "last bit": (0.1, np.nextafter(0.1, 1)),
    "sign of zero": (0.0, -0.0),
    "array content": (np.arange(3), np.array([0, 1, 3])),
    "array dtype": (np.zeros(2), np.zeros(2, np.float32)),
    "array shape": (np.zeros(4), np.zeros((2, 2))),
    "array order": (np.arange(4).reshape(2, 2), np.arange(4).reshape(2, 2).T),
    "dataclass field": (Point(1.0), Point(2.0)),
    "dataclass default": (Point(1.0), Point(1.0, "b")),
    "enum member": (Colour.RED, Colour.BLUE),
    "tuple order": ((1, 2), (2, 1)),
    "tuple or list": ((1, 2), [1, 2]),
    "dict value": ({"a": 1}, {"a": 2}),
    "partial": (functools.partial(plus, y=1), functools.partial(plus, y=2)),
    "function": (plus, adding),
    "function of a library": (np.tanh, np.sin),
    "lambdas on one line": (lambda x: x, lambda x: -x),
    "closure": (adding(1), adding(2)),
    "default from a lost name": (starting(1), starting(2)),
    "second of two closures": ((adding(0), adding(1)), (adding(0), adding(2))),
    "bound method": (Point(1.0).__eq__, Point(2.0).__eq__),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_a_change_of_an_argument_changes_it(pair):
    first, second = (digest(measure, {"thing": thing}) for thing in pair)
    assert first != second
    assert first == digest(measure, {"thing": pair[0]})


def test_equal_arguments_have_equal_digests():
    def of_thing(thing):
        return digest(measure, {"thing": thing})

    assert of_thing({"a": 1, "b": 2}) == of_thing({"b": 2, "a": 1})
    grid = np.arange(6).reshape(2, 3)
    assert of_thing(grid) == of_thing(np.asfortranarray(grid))
    assert of_thing({"x", "y", "z"}) == of_thing({"z", "y", "x"})
    assert digest(measure, {"a": 1, "b": 2}) == digest(measure, {"b": 2, "a": 1})
    assert digest(measure, {"a": 1}) != digest(measure, {"b": 1})


def test_masks_count_and_what_they_hide():
    measure, values = len, np.arange(3.0)
    arrays = [
        values,
        np.ma.masked_array(values, mask=[True, False, False]),
        np.ma.masked_array(values, mask=[False, True, False]),
        np.ma.masked_array([9.0, 1.0, 2.0], mask=[True, False, False]),
    ]
    assert len({digest(measure, {"x": array}) for array in arrays}) == len(arrays)


def test_tensors_that_numpy_cannot_hold_count_too():
    torch = pytest.importorskip("torch")
    brief, long = torch.ones(3, dtype=torch.bfloat16), torch.ones(3, dtype=torch.float64)
    digests = [digest(len, {"x": x}) for x in (brief, brief.clone(), brief + 1, long)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    with pytest.raises(NotIdentifiableError, match=r"'x' holds a tensor of torch\.float32 \("):
        digest(len, {"x": long.float().to_sparse()})


def test_tensors_count_by_content():
    torch = pytest.importorskip("torch")
    one, two = torch.zeros(3), torch.tensor([0.0, 0.0, 1e-30])
    assert digest(measure, {"thing": one}) == digest(measure, {"thing": one.clone()})
    assert digest(measure, {"thing": one}) != digest(measure, {"thing": two})
    assert digest(measure, {"thing": torch.tanh}) != digest(measure, {"thing": torch.relu})
    assert digest(measure, {"thing": torch.Tensor}) == digest(measure, {"thing": torch.Tensor})


def bare(width, seeds, thing=None):
    """Refers to nothing but its argument."""
    return thing


@pytest.mark.parametrize("thing", [np.tanh, np.linalg.norm, np.random.Generator])
def test_functions_of_installed_packages_count_by_version(monkeypatch, thing):
    before = digest(bare, {"thing": thing})
    release.cache_clear()
    monkeypatch.setattr(np, "__version__", "99.0")
    after = digest(bare, {"thing": thing})
    release.cache_clear()
    assert before != after


def test_it_does_not_read_the_sources_of_installed_packages(monkeypatch):
    read = []
    for kept in (source_of, without_declarations):
        kept.cache_clear()
    monkeypatch.setattr("inspect.getsource", lambda target: read.append(target) or "def f(): ...")
    digest(measure, {"thing": np.linalg.norm})
    for kept in (source_of, without_declarations):
        kept.cache_clear()
    assert read == [measure]


def test_what_only_saves_work_is_not_followed(monkeypatch):
    """The harness may share measurements in another way: they stay what they are."""

    def sharing(width, seeds, shared: Shared):
        return shared(measure, width=width, seeds=seeds)

    def read(target):
        assert target is not Shared
        return reading_of(target)

    monkeypatch.setattr("widthwise.harness.measuring.digest.reading_of", read)
    assert digest(sharing, {}) != digest(measure, {})


@pytest.mark.parametrize(
    "thing",
    [threading.Lock(), object(), np.array([object()]), (1, [object()]), iter([1])],
    ids=["lock", "object", "array of objects", "nested", "iterator"],
)
def test_an_argument_without_identity_is_refused(thing):
    with pytest.raises(NotIdentifiableError, match=r"argument 'thing' holds a .*pass numbers"):
        digest(measure, {"thing": thing})


def test_open_files_met_on_the_way_are_left_alone(lab):
    module = lab(("return FACTOR * x", "print(x, file=OUT); return x"))
    module.OUT = open(os.devnull, "w")  # noqa: SIM115, PTH123
    with module.OUT:
        of(module)
        assert module.OUT.write("still attached") == len("still attached")


SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
import lab
from widthwise.harness.measuring.digest import digest
member = lambda x: x in {"o", "p", "q", "r", "s", "t"}
arguments = {"net": lab.Net, "start": {"a": {1.5, 2.5}, "b": member}}
assert digest(member, {}) != digest(lambda x: x in {"o", "p", "q"}, {})
print(digest(lab.test_freeze, arguments))
"""


def test_another_process_finds_the_same(lab):
    folder = os.path.dirname(lab().__file__)  # noqa: PTH120
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
