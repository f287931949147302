"""An audit as one page of HTML: it needs nothing from elsewhere, and obeys no text of a host."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hardener import __version__
from hardener.report.audit.as_json import moment
from hardener.report.audit.controls import STATUSES, controls, coverage
from hardener.report.audit.findings import Audit

PAGE = "page.html"


def render(audit: Audit) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    page = environment.get_template(PAGE).render(
        audit=audit,
        controls=controls(audit),
        coverage=coverage(audit),
        statuses=STATUSES,
        began=moment(audit.began),
        version=__version__,
    )
    return f"{page}\n"
