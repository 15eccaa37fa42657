"""One run chart of 24 months, beside the least that could be called a chart: a line and nothing else, by string formatting."""

import datetime as dt

from policies.charts import chart_of
from policies.models import Indicator, Observation

from .timing import median_ms

REPEATS = 200  # charts a measured run


def run():
    indicator = Indicator(name="Murders reported to police", unit="murders", is_context=True, is_published_source=True)
    figures = []
    for month in range(24):
        start = dt.date(2022 + month // 12, month % 12 + 1, 1)
        figure = Observation(indicator=indicator, period_start=start, period_end=start, value=20 + month * 7 % 13)
        figure.earlier = []  # as `charted()` reads it: no figure was revised
        figures.append(figure)
    ours, baseline = median_ms(
        lambda: [chart_of(indicator, figures).svg for _ in range(REPEATS)], lambda: [line(figures) for _ in range(REPEATS)]
    )
    return [
        {
            "charts": 1,
            "ms": ours / REPEATS,
            "bare line ms": baseline / REPEATS,
            "ratio": ours / baseline,
            "bytes": len(chart_of(indicator, figures).svg.encode()),
        }
    ]


def line(figures):
    points = " ".join(f"{number * 12},{200 - float(each.value) * 4:.1f}" for number, each in enumerate(figures))
    return f'<svg viewBox="0 0 300 200"><polyline points="{points}"/></svg>'
