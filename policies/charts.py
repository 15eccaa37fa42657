"""Run charts as SVG: the same string on a page and on paper, right without any style sheet, in black and white and small.

Lines differ by their dashes and points by their shapes, never by colour alone; beside it stand a sentence and the numbers."""

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from operator import attrgetter

from .models import Frequency

PERIODS = 24  # the latest that are drawn
SMALL_BASE = 30  # below it a change is told in counts: a percentage would make noise look like news
WIDTH, PLOT = 360, 132  # user units; at 13 of them a letter is 9 pt where two charts share a Letter page
LEFT, RIGHT, ROW = 46, 346, 18
NAVY, ACCENT, INK, LINE = "#162e51", "#9c3d10", "#1b1b1b", "#8d9297"
DASHES = ("", ' stroke-dasharray="7 3"')  # one line an office where both give figures
MONTHS = ("January", "February", "March", "April", "May", "June")
MONTHS += ("July", "August", "September", "October", "November", "December")
STEP = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
PERIOD_WORD = {Frequency.MONTHLY: "months", Frequency.QUARTERLY: "quarters", Frequency.YEARLY: "years"}


class Svg(str):
    """Markup that escaped all it was given; a template prints it as it is."""

    __slots__ = ()

    def __html__(self):
        return self


@dataclass(frozen=True)
class Row:
    """One line of the table under a chart, as it is read."""

    period: str
    value: str
    marks: str
    office: str = ""


@dataclass(frozen=True)
class Chart:
    """What is shown of an indicator. `svg` is well-formed and escaped, or empty where there is no figure to draw; `sentence`
    says the latest figure and the change; `rows` are the numbers behind the picture, the latest first; `note` says what is
    shown and where it comes from. `value` and `period` are the latest figure as it is read."""

    title: str
    sentence: str
    svg: Svg = Svg()
    rows: tuple = ()
    note: str = ""
    value: str = ""
    period: str = ""

    def __bool__(self):
        return bool(self.svg)


def chart_of(indicator, observations):
    """Draw the latest periods of `observations` (any order, of one indicator, each already visible to whoever reads it).

    Reads each one's revisions and, where both offices give figures, its office: `Observation.objects.charted()` has them."""
    latest = sorted(observations, key=attrgetter("period_start"))
    starts = sorted({each.period_start for each in latest})[-PERIODS:]
    shown = [each for each in latest if each.period_start >= starts[0]] if starts else []
    known = [each for each in shown if each.value is not None]
    if not known:
        return Chart(title=indicator.name, sentence="No figures yet.", rows=_rows(indicator, shown))
    last = known[-1]
    sentence = _sentence(indicator, known)
    return Chart(
        title=indicator.name,
        sentence=sentence,
        svg=_svg(indicator, shown, known, sentence),
        rows=_rows(indicator, shown),
        note=_note(indicator, shown, known),
        value=number(last.value),
        period=period_name(last.period_start, indicator.frequency),
    )


# --- words


def number(value):
    """A figure as it is read: thousands apart, at most two decimals, none that say nothing. `1250.5000` is “1,250.5”."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def period_name(start, frequency):
    """“July 2024”, “3rd quarter of 2024”, “2024”."""
    if frequency == Frequency.YEARLY and start.month == 1:
        return str(start.year)
    if frequency == Frequency.QUARTERLY and start.month % 3 == 1:
        return f"{('1st', '2nd', '3rd', '4th')[start.month // 3]} quarter of {start.year}"
    return f"{MONTHS[start.month - 1]} {start.year}"


def _short(start, frequency):
    if frequency == Frequency.YEARLY:
        return str(start.year)
    return f"{MONTHS[start.month - 1][:3]} {start.year}"


def earlier(observation):
    """The values that stood before, as `charted()` read them."""
    read = observation.__dict__.get("earlier")
    return observation.revisions.all() if read is None else read


def day_in_words(on):
    return f"{MONTHS[on.month - 1]} {on.day}, {on.year}"


def _is_percent(indicator):
    return "percent" in indicator.unit or "%" in indicator.unit


def with_unit(value, indicator):
    if indicator.unit.startswith("count"):  # a template's “count per month” reads as a bare number
        return number(value)
    return f"{number(value)} {indicator.unit}"


def _sentence(indicator, known):
    last = known[-1]
    told = f"{with_unit(last.value, indicator)} in {period_name(last.period_start, indicator.frequency)}"
    if indicator.baseline_value is not None:
        on = indicator.baseline_on
        base = f"the baseline of {number(indicator.baseline_value)}" + (f" ({_short(on, Frequency.MONTHLY)})" if on else "")
        return f"{told}: {_change(indicator, last.value, indicator.baseline_value, base)}"
    year_before = [
        each
        for each in known
        if (each.period_start.year + 1, each.period_start.month, each.office_id)
        == (last.period_start.year, last.period_start.month, last.office_id)
    ]
    if year_before:
        base = period_name(year_before[0].period_start, indicator.frequency)
        return (
            f"{told}: {_change(indicator, last.value, year_before[0].value, f'the {number(year_before[0].value)} of {base}')}"
        )
    return f"{told}."


def _change(indicator, value, base, base_words):
    """How `value` stands to `base`; as a percentage only where the base is large enough for one to mean something."""
    difference = value - base
    if not difference:
        return f"the same as {base_words}."
    if _is_percent(indicator):
        return f"{number(abs(difference))} points {'above' if difference > 0 else 'below'} {base_words}."
    share = f" ({abs(difference) / base * 100:.0f} percent)" if base >= SMALL_BASE else ""
    return f"{number(abs(difference))}{share} {'more' if difference > 0 else 'fewer'} than {base_words}."


def _note(indicator, shown, known):
    first, last = (period_name(each.period_start, indicator.frequency) for each in (shown[0], shown[-1]))
    published = "published " if indicator.is_published_source else ""
    periods = len({each.period_start for each in shown})
    span = f"{first} to {last}" if periods > 1 else first
    word = PERIOD_WORD[indicator.frequency]
    told = f"Shows the last {periods} {published}{word}, {span}." if periods > 1 else f"Shows {span}."
    newest = known[-1]
    source = newest.source or indicator.source
    if indicator.is_published_source:
        source = indicator.source or source
    if source:
        version = f", version {newest.source_version}" if newest.source_version else ""
        read = f", read on {day_in_words(newest.retrieved_on)}" if newest.retrieved_on else ""
        told += f" Source: {source}{version}{read}."
    return told


def _rows(indicator, shown):
    told = []
    apart = len({each.office_id for each in shown}) > 1
    for each in reversed(shown):
        marks = []
        if each.is_provisional:
            marks.append("provisional")
        for revision in earlier(each):
            was = number(revision.value) if revision.value is not None else "not available"
            first = f" (published {day_in_words(revision.published_on)})" if revision.published_on else ""
            marks.append(f"revised, was {was}{first}")
        if not each.is_released:
            marks.append("not released")
        told.append(
            Row(
                period=period_name(each.period_start, indicator.frequency),
                value=number(each.value) if each.value is not None else f"not available: {each.missing_reason}",
                marks="; ".join(marks),
                office=each.office.name if apart and each.office_id else "",
            )
        )
    return tuple(told)


# --- ink


def _svg(indicator, shown, known, sentence):
    values = [float(each.value) for each in known]
    lines = _reference_lines(indicator)
    low, high, step = _scale(values + [value for _, value, _ in lines])
    offices = list(dict.fromkeys(each.office_id for each in shown))
    top = ROW * (1 + len(lines) + (len(offices) if len(offices) > 1 else 0)) + 6
    bottom = top + PLOT
    first, last = _at(shown[0]), _at(shown[-1])
    span = (last - first) or 1

    def x(each):
        return LEFT + 8 + (RIGHT - LEFT - 16) * (_at(each) - first) / span if last != first else (LEFT + RIGHT) / 2

    def y(value):
        return bottom - PLOT * (value - low) / (high - low)

    height = bottom + 26
    ink = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="Public Sans, DejaVu Sans, sans-serif" font-size="13" fill="{INK}">'
        f"<title>{_escaped(indicator.name)}</title><desc>{_escaped(sentence)}</desc>",
        f'<text x="2" y="13">{_escaped(_cut(indicator.unit, 48))}</text>',
    ]
    row = 13
    for words, _, dash in lines:
        row += ROW
        ink.append(_sample(row, dash, _cut(words, 44)))
    if len(offices) > 1:
        names = {each.office_id: each.office.name if each.office_id else "Published" for each in shown}
        for office, dash in zip(offices, DASHES * len(offices), strict=False):
            row += ROW
            ink.append(_sample(row, dash, _cut(names[office], 44), NAVY, 2))
    ink += _ground(low, high, step, y, bottom, [shown[0], shown[len(shown) // 2], shown[-1]], x, indicator.frequency)
    for _, value, dash in lines:
        ink.append(f'<path d="M{LEFT} {y(value):.1f}H{RIGHT}" stroke="{ACCENT}" stroke-width="1.5"{dash}/>')
    for office, dash in zip(offices, DASHES * len(offices), strict=False):
        ink += _line([each for each in shown if each.office_id == office], x, y, dash, STEP[indicator.frequency])
    ink.append(_latest(known, x, y, top, bottom))
    ink.append("</svg>")
    return Svg("".join(ink))


def _reference_lines(indicator):
    lines = []
    for word, value, on, join, dash in (
        ("Baseline", indicator.baseline_value, indicator.baseline_on, ",", "8 3"),
        ("Target", indicator.target_value, indicator.target_on, " by", "2 3"),
    ):
        if value is not None:
            when = f"{join} {_short(on, Frequency.MONTHLY)}" if on else ""
            lines.append((f"{word} {number(value)}{when}", float(value), f' stroke-dasharray="{dash}"'))
    return lines


def _scale(values):
    """The lowest and the highest line of the grid and their distance: round numbers, from 0 unless a figure is below it."""
    low, high = min(0.0, *values), max(0.0, *values)
    rough = (high - low) / 3 or 1 / 3
    unit = 10 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * 0.999)
    if step < 1 and all(value == int(value) for value in values):
        step = 1  # counts have no halves
    low, high = floor(low / step) * step, ceil(high / step) * step
    return low, high if high > low else low + step, step


def _ground(low, high, step, y, bottom, places, x, frequency):
    value = low
    while value <= high + step / 2:
        yield (
            f'<path d="M{LEFT} {y(value):.1f}H{RIGHT}" stroke="{LINE}" stroke-width=".5"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4.5:.1f}" text-anchor="end">{_tick(value)}</text>'
        )
        value += step
    told = set()
    for place, anchor in zip(places, ("start", "middle", "end"), strict=True):
        words = _short(place.period_start, frequency)
        if words in told or (anchor == "middle" and not LEFT + 110 < x(place) < RIGHT - 110):
            continue
        told.add(words)
        if places[0] is places[-1]:
            anchor = "middle"
        at = {"start": LEFT, "middle": x(place), "end": RIGHT}[anchor]
        yield f'<text x="{at:.1f}" y="{bottom + 20}" text-anchor="{anchor}">{words}</text>'


def _tick(value):
    if abs(value) >= 1_000_000_000:
        return f"{value:.0e}"
    for size, letter in ((1_000_000, "m"), (10_000, "k")):
        if abs(value) >= size:
            return f"{value / (size if letter == 'm' else 1000):g}{letter}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _line(observations, x, y, dash, step):
    """The run of an office's figures. A period without one breaks it; a revised figure is square, a provisional one hollow."""
    path, marks, previous = [], [], None
    for each in observations:
        if each.value is None:
            previous = None
            continue
        at = _at(each)
        across, down = x(each), y(float(each.value))
        joined = previous is not None and at - previous < step + 0.9
        path.append(f"{'L' if joined else 'M'}{across:.1f} {down:.1f}")
        previous = at
        fill = f' fill="#fff" stroke="{NAVY}"' if each.is_provisional else ""
        if earlier(each):
            marks.append(f'<path d="M{across - 3.5:.1f} {down - 3.5:.1f}h7v7h-7z"{fill}/>')
        else:
            marks.append(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="{3 if fill else 2}"{fill}/>')
    yield f'<path d="{"".join(path) or "M0 0"}" fill="none" stroke="{NAVY}" stroke-width="2"{dash}/>'
    yield f'<g fill="{NAVY}">{"".join(marks)}</g>'


def _latest(known, x, y, top, bottom):
    """The latest point, larger, with its figure on the side that the line does not come from."""
    last = known[-1]
    across, down = x(last), y(float(last.value))
    comes_from_above = len(known) > 1 and known[-2].value > last.value
    below = down + 19 if down + 22 < bottom else down - 9
    above = down - 9 if down - 20 > top else down + 19
    level = below if comes_from_above else above
    words = number(last.value)
    width = 8 * len(words) + 2
    end = max(min(across + 4, RIGHT + 12), width)
    return (
        f'<circle cx="{across:.1f}" cy="{down:.1f}" r="4.5" fill="{NAVY}" stroke="#fff" stroke-width="1"/>'
        f'<rect x="{end - width:.1f}" y="{level - 11:.1f}" width="{width}" height="14" fill="#fff" fill-opacity=".8"/>'
        f'<text x="{end:.1f}" y="{level:.1f}" text-anchor="end" font-weight="700">{words}</text>'
    )


def _sample(row, dash, words, colour=ACCENT, width=1.5):
    return (
        f'<path d="M2 {row - 4}h30" stroke="{colour}" stroke-width="{width}"{dash}/>'
        f'<text x="40" y="{row}">{_escaped(words)}</text>'
    )


def _at(observation):
    start = observation.period_start
    return start.year * 12 + start.month + (start.day - 1) / 31


def _cut(words, most):
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _escaped(words):
    """For XML: escaped, and without the characters that XML forbids even as references."""
    if not words.isprintable():
        words = "".join(c for c in words if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff")
    return escape(words)
