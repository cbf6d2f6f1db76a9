"""What is at issue in each topic: the docstrings of the folders that claims live in.

Kept beside the records as plain text, so that a page needs neither the claims nor to run them.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from widthwise.harness.terms.evidence import Evidence, EvidenceError

Topics = Mapping[str, str]
"""The text on a topic, by the topic's name."""

NO_TOPICS: Topics = {}


def topics_of(records: Iterable[Evidence], root: Path) -> dict[str, str]:
    """The texts on the topics of these records, as far as they are found; nothing is executed.

    Args:
        records: the run's evidence.
        root: the folder that their node ids start from.
    """
    folders = {record.topic: (root / record.nodeid.partition("::")[0]).parent for record in records}
    texts = {topic: _docstring(folder / "__init__.py") for topic, folder in folders.items()}
    return {topic: text for topic, text in sorted(texts.items()) if text}


def topics_to_json(topics: Topics) -> str:
    """The text of `topics.json`."""
    return json.dumps(dict(topics), indent=1) + "\n"


def topics_from_json(text: str) -> dict[str, str]:
    """The topics in the text of a `topics.json`.

    Raises:
        EvidenceError: if the text is not such a file.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"texts on topics are damaged: {error!r}") from None
    if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
        raise EvidenceError("texts on topics are texts by the topic's name")
    return data


def _docstring(module: Path) -> str:
    try:
        return ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    except (OSError, SyntaxError, ValueError):
        return ""
