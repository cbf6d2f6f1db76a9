"""All claims there are, by name."""

import importlib
import inspect
import pkgutil

import widthwise.claims
from widthwise.harness.terms.declaration import claim_of

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(widthwise.claims.__path__, "widthwise.claims.")
    if found.name.rpartition(".")[2].startswith("test_") or found.ispkg
]
CLAIMS = {
    declared.name: declared
    for module in MODULES
    for _, function in inspect.getmembers(module, inspect.isfunction)
    if (declared := claim_of(function)) is not None
}
