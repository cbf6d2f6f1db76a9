"""The rooms of the package: what belongs where, and who may know whom."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("claims", "harness", "models", "reports")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

MAY_IMPORT = {
    "claims": {"widthwise.harness", "widthwise.models", "pytest", "torch", "numpy", "scipy"},
    "harness": {
        "numpy",
        "scipy",
        "pandas",
        "filelock",
        "safetensors",
        "threadpoolctl",
        "joblib",
        "cloudpickle",
        "dask",
        "distributed",
        "ray",
    },
    "models": {"torch", "numpy", "scipy", "sklearn", "mlxtend"},
    "reports": {
        "widthwise.harness",
        "numpy",
        "pandas",
        "altair",
        "vl_convert",
        "joblib",
        "jinja2",
        "markupsafe",
    },
}
"""By room, beside the standard library and the room itself."""

KNOW_PYTEST = ("harness/plugin/", "reports/plugin.py")
"""Beside the claims, which are tests."""

KNOWS = {
    "harness": {
        "terms": set(),
        "statistics": {"terms"},
        "predictions": {"terms", "statistics"},
        "measuring": {"terms", "statistics"},
        "engines": {"terms", "measuring"},
        "plugin": {"terms", "statistics", "predictions", "measuring", "engines"},
    },
    "models": {
        "networks": set(),
        "modules": {"networks"},
        "kernels": {"networks"},
        "training": {"networks", "modules", "kernels"},
        "observables": {"networks", "modules", "kernels", "training"},
        "sampling": {"networks", "kernels", "training"},
        "data": set(),
    },
    "reports": {
        "drawing": set(),
        "pages": {"drawing"},
    },
}
"""By room, which sub-package may import which other."""

RECORDS = {
    "terms.drawing",
    "terms.sheet",
    "terms.evidence",
    "terms.verdict",
    "terms.prediction",
    "terms.ladder",
    "terms.provenance",
    "measuring.raw_samples",
    "plugin.hooks",
    "plugin.options",
    "plugin.wording",
}
"""The parts of the harness that are about evidence once it is there, and what options take."""


def place(path):
    return path.relative_to(ROOT).as_posix()


every_file = pytest.mark.parametrize("path", FILES, ids=place)


def imports(path):
    """(level, module, names) of every import of a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)


def owner(module, names=()):
    """What an absolute import depends on: a room ("widthwise.models") or a package."""
    parts = module.split(".")
    if parts == ["widthwise"]:
        return {f"widthwise.{name}" for name in names} or {"widthwise"}
    return {".".join(parts[:2]) if parts[0] == "widthwise" else parts[0]}


@every_file
def test_a_room_imports_only_what_it_may(path):
    room = place(path).split("/")[0]
    allowed = MAY_IMPORT[room] | sys.stdlib_module_names
    if place(path).startswith(KNOW_PYTEST):
        allowed |= {"pytest"}
    for level, module, names in imports(path):
        if level == 0:
            assert owner(module, names) <= allowed, f"{place(path)} imports {module}"


@every_file
def test_relative_imports_stay_inside_the_room(path):
    depth = len(path.relative_to(ROOT).parts) - 1
    for level, module, _ in imports(path):
        assert level <= depth, f"{place(path)} imports {'.' * level}{module}"


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if len(path.relative_to(ROOT).parts) == 3 and path.parts[-3] in KNOWS],
    ids=place,
)
def test_a_sub_package_imports_only_those_below_it(path):
    room, here, _ = path.relative_to(ROOT).parts
    for level, module, names in imports(path):
        if level == 2:
            for there in {module.split(".")[0]} if module else set(names):
                assert there not in KNOWS[room] or there in KNOWS[room][here], place(path)


def test_every_sub_package_has_its_place_among_the_arrows():
    for room, arrows in KNOWS.items():
        folders = {path.parent.name for path in (ROOT / room).glob("*/__init__.py")}
        assert folders == set(arrows)


@pytest.mark.parametrize("path", [path for path in FILES if path.is_relative_to(ROOT / "reports")])
def test_reports_see_records_only(path):
    for level, module, names in imports(path):
        if level == 0 and module.startswith("widthwise.harness"):
            _, _, part = module.partition("widthwise.harness.")
            assert part in RECORDS or {f"{part}.{name}" for name in names} <= RECORDS, place(path)


@every_file
def test_a_module_is_named_after_what_it_is_for(path):
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common", "manager"}


def test_every_package_is_listed():
    found = {
        "widthwise." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in FILES
        if path.name == "__init__.py"
    }
    setuptools = PYPROJECT["tool"]["setuptools"]
    assert sorted(setuptools["packages"]) == sorted({"widthwise", *found})
    assert setuptools["package-dir"] == {
        "widthwise": "src/widthwise",
        **{f"widthwise.{room}": room for room in ROOMS},
    }


def test_every_folder_of_code_is_a_package():
    folders = {path.parent for path in FILES}
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_every_file_that_is_not_code_is_shipped():
    shipped = PYPROJECT["tool"]["setuptools"]["package-data"]
    for room in ROOMS:
        files = {
            path
            for path in (ROOT / room).rglob("*")
            if path.is_file() and path.suffix not in (".py", ".pyc")
        }
        matched = {
            path
            for pattern in shipped.get(f"widthwise.{room}", [])
            for path in (ROOT / room).glob(pattern)
        }
        assert files <= matched


LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
HEAVY = {
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "sklearn",
    "altair",
    "vl_convert",
    "jinja2",
    "safetensors",
    "joblib",
    "cloudpickle",
    "dask",
    "distributed",
    "ray",
}


def loaded_by(*modules):
    finished = subprocess.run(
        [sys.executable, "-c", LOADED, *modules],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": ""},
    )
    return set(json.loads(finished.stdout))


def test_the_plugins_that_pytest_always_loads_are_light():
    plugins = PYPROJECT["project"]["entry-points"]["pytest11"].values()
    assert len(plugins) == 4
    assert not loaded_by("pytest", *plugins) & HEAVY


def test_a_pytest_run_without_claims_stays_light(pytester):
    pytester.makepyfile(
        f"""
        import sys

        def test_nothing_heavy_is_here():
            assert not {HEAVY!r} & set(sys.modules)
        """
    )
    plugins = PYPROJECT["project"]["entry-points"]["pytest11"].values()
    arguments = [argument for plugin in plugins for argument in ("-p", plugin)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=1)


def test_the_harness_names_everything_it_lists():
    import widthwise.harness as harness

    for name in harness.__all__:
        assert getattr(harness, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        harness.Nothing  # noqa: B018
