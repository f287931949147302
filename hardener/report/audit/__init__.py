"""What an audit found, in the formats that people, programs, CI servers and code scanners read.

findings  the model, gathered from events      text   lines as it happens
as_json   one document (schemas/audit.json)    junit  JUnit XML     sarif  SARIF 2.1.0
controls  the same by control, with evidence   html   one page, for people who were not there
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardener.report.audit.findings import Audit

MODULES = {"json": "as_json", "junit": "junit", "sarif": "sarif", "html": "html"}
FORMATS = ("text", *MODULES)


def renderer(name: str) -> Callable[[Audit], str]:
    """Return what makes a whole document of an audit in this format."""
    module = importlib.import_module(f"hardener.report.audit.{MODULES[name]}")
    render: Callable[[Audit], str] = module.render
    return render
