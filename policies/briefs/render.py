"""Put a composed brief on paper: a dict in, PDF/UA bytes out. Nothing is read from the database, nothing from the network."""

import logging
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from .figures import asides_of, charts_of
from .words import brief_context

OWN = "mpi-static"  # the only scheme, beside data:, that a brief may read: a name among our own static files
TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css"}
DENSITIES = ("open", "roomy", "close")  # tried in this order until the brief fits; `open` is for a city with little to tell
PAGES = 2

# WeasyPrint warns of CSS that it passes over; what a brief lacks, its tests see.
logging.getLogger("weasyprint").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Drawing:
    pdf: bytes
    pages: int


class OwnFilesOnly(URLFetcher):
    """Refuses every address but our own static files and inline pictures; a refusal stops the drawing."""

    def __init__(self):
        super().__init__(allowed_protocols=[OWN, "data"], allow_redirects=False, fail_on_errors=True)

    def fetch(self, url, headers=None):
        parts = urlsplit(url)
        if parts.scheme == "data" and url.startswith("data:image/svg+xml;base64,"):
            return super().fetch(url, headers)
        if parts.scheme != OWN:
            raise ValueError("A brief reads our own static files and nothing else.")
        name = parts.path.lstrip("/")
        path = finders.find(name) if Path(name).suffix in TYPES else None
        if path is None:
            raise ValueError(f"No such static file: {name}")
        return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": TYPES[Path(name).suffix]})


def render_pdf(content, sha256, *, is_draft):
    """A composed brief as tagged PDF/UA-1. `sha256` is the content's; its first 16 characters stand in the footer.

    Two pages where its words fit on two, set closer if need be but never under 9 pt; a long city flows on to a third."""
    fetcher = OwnFilesOnly()
    for density in DENSITIES:
        document = HTML(string=brief_html(content, sha256, is_draft, density), url_fetcher=fetcher).render(
            pdf_variant="pdf/ua-1"
        )
        if len(document.pages) <= PAGES:
            break
    return Drawing(pdf=document.write_pdf(pdf_variant="pdf/ua-1"), pages=len(document.pages))


def brief_html(content, sha256, is_draft, density="roomy"):
    charts = charts_of(content)
    for row in charts:
        row["picture"] = f"data:image/svg+xml;base64,{b64encode(row['chart'].svg.encode()).decode()}"
    context = brief_context(content) | {
        "charts": charts,
        "asides": asides_of(content),
        "density": density,
        "is_draft": is_draft,
        "fingerprint": sha256[:16],
        "fonts": f"{OWN}:///mpi/fonts/public-sans",
    }
    return render_to_string("policies/briefs/print.html", context)
