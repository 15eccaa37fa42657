"""Rochester's brief of a quarter, warm, beside the stock way: the same HTML with the whole product's style sheet in it."""

import datetime as dt

from django.conf import settings
from weasyprint import CSS, HTML

from mpi.demo.load import load_demo
from policies.briefs.compose import brief_sha256, compose_brief
from policies.briefs.render import OwnFilesOnly, brief_html, render_pdf
from policies.models import Brief
from workspaces.models import Workspace

from .timing import median_ms


def run():
    load_demo()
    today = dt.date.today()
    brief = Brief(
        workspace=Workspace.objects.get(slug="rochester-ny"),
        number=1,
        period_start=today - dt.timedelta(days=90),
        period_end=today,
    )
    content = compose_brief(brief)
    sha256 = brief_sha256(content)

    def stock():
        style = CSS(filename=settings.BASE_DIR / "build" / "mpi" / "app.css", url_fetcher=OwnFilesOnly())
        page = HTML(string=brief_html(content, sha256, is_draft=True), url_fetcher=OwnFilesOnly())
        page.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1")

    ours, baseline = median_ms(lambda: render_pdf(content, sha256, is_draft=True), stock, runs=5)
    drawing = render_pdf(content, sha256, is_draft=True)
    return [
        {
            "pages": drawing.pages,
            "ms": ours,
            "whole style sheet ms": baseline,
            "ratio": ours / baseline,
            "KB": len(drawing.pdf) / 1024,
        }
    ]
