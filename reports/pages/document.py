"""Documents from templates: escaping, the content-security policy, what is inlined."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from .. import wording
from ..drawing import figures, rivals
from ..drawing.geometry import common_extent
from ..drawing.spark import spark
from ..outcome import verdict_in_words
from . import argument
from .circumstances import circumstances
from .prose import inline, name, prose


def fill(template: str, **values: Any) -> str:
    """The text of a template with every value escaped."""
    return _environment().get_template(template).render(values)


@functools.cache
def static(name: str) -> str:
    """A style sheet or a script of ours, without the comments and the indentation."""
    file = resources.files("widthwise.reports.pages").joinpath("static", name)
    lines = map(str.strip, _COMMENT.sub("", file.read_text("utf-8")).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """A content-security policy that allows these texts, inlined, and nothing else."""
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )


def dressed(
    scripts: Sequence[str], sheets: Sequence[str] = ("page.css", "index.css")
) -> dict[str, Any]:
    """A style sheet and scripts, and the policy that allows these and nothing else."""
    styles = "\n".join(map(static, sheets))
    return {
        "policy": policy([styles], scripts),
        "styles": Markup(styles),  # ours, like the scripts: nothing of a record is in them
        "scripts": [Markup(script) for script in scripts],
    }


def _hashes(texts: Iterable[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    named = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return named or "'none'"


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("widthwise.reports.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        prose=prose,
        inline=inline,
        name=name,
        number=wording.number,
        bounds=wording.bounds,
        estimate=wording.estimate,
        duration=wording.duration,
        strength=wording.strength,
        rerun=wording.rerun,
        verdict=verdict_in_words,
        describe=figures.describe,
        vertical=figures.vertical,
        spark=spark,
        describe_beside=figures.describe_beside,
        circumstances=circumstances,
        predicted=argument.predicted,
        measured=argument.measured,
        met=wording.met,
        explanation=argument.explanation,
        compares_laws=figures.compares_laws,
        reference_in_words=wording.reference_in_words,
        rivals_in_words=rivals.in_words,
        common_extent=common_extent,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Spell out invisible characters in whatever a record says, wherever it is shown."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return wording.visible(value)
    return value
