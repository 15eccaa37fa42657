"""Forest plots as SVG: what each study found with its interval, side by side. Nothing is pooled here: a diamond is drawn only
for an estimate that a cited meta-analysis states.

As run charts, right without any style sheet and in black and white; beside each stand a sentence and the numbers."""

from dataclasses import dataclass
from math import ceil, exp, floor, log

from .charts import ACCENT, INK, LINE, NAVY, Svg, _cut, _escaped, _scale
from .models import Study

WIDTH, LEFT, RIGHT = 360, 14, 346
TOP, ROW, FOOT = 22, 40, 28


@dataclass(frozen=True)
class Row:
    study: str
    effect: str
    interval: str
    finding: str
    is_pooled: bool


@dataclass(frozen=True)
class Forest:
    """`svg` is well-formed and escaped; `sentence` says how many studies stand on which side of no difference; `rows` are the
    numbers behind the picture; `without` counts the outcome’s studies that give no such numbers."""

    title: str
    sentence: str
    svg: Svg
    rows: tuple
    without: int


def forests_of(outcome, studies):
    """One plot for each measure in which the outcome’s `studies` give an effect, in the order of the studies."""
    measured = {}
    for study in studies:
        if study.effect is not None:
            measured.setdefault(study.effect_measure, []).append(study)
    return [draw(outcome, Study.Measure(measure), rows, len(studies) - len(rows)) for measure, rows in measured.items()]


def draw(outcome, measure, studies, without):
    studies = sorted(studies, key=lambda study: study.is_meta_analysis)  # what was pooled elsewhere stands below
    is_ratio = measure in Study.RATIOS
    title = f"{outcome}: {measure.label.lower()}"
    sentence = in_words(studies, 1 if is_ratio else 0)
    rows = tuple(
        Row(
            study=study.citation,
            effect=figure(study.effect),
            interval=f"{figure(study.ci_low)} to {figure(study.ci_high)}" if has_interval(study) else "not set",
            finding=study.get_direction_display() or "Not set",
            is_pooled=study.is_meta_analysis,
        )
        for study in studies
    )
    return Forest(title, sentence, picture(title, sentence, studies, is_ratio), rows, without)


def has_interval(study):
    return study.ci_low is not None and study.ci_high is not None


def figure(value):
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def in_words(studies, null):
    single = [study for study in studies if not study.is_meta_analysis]
    apart = [study for study in single if has_interval(study) and not study.ci_low <= null <= study.ci_high]
    crossing = [study for study in single if has_interval(study) and study.ci_low <= null <= study.ci_high]
    bare = len(single) - len(apart) - len(crossing)
    parts = [
        counted(len(apart), "has an interval", "have an interval", "away from no difference"),
        counted(len(crossing), "has an interval", "have an interval", "that includes no difference"),
        counted(bare, "gives", "give", "no interval"),
    ]
    told = "; ".join(part for part in parts if part)
    if len(single) < len(studies):
        pooled = f"the diamond{'' if len(studies) - len(single) == 1 else 's'} as a cited meta-analysis states it"
        told = f"{told}; {pooled}" if told else pooled
    return f"{told[:1].upper()}{told[1:]}. Nothing is pooled here."


def counted(count, one, several, rest):
    if not count:
        return ""
    return f"{count} stud{'y' if count == 1 else 'ies'} {one if count == 1 else several} {rest}"


# --- ink


def picture(title, sentence, studies, is_ratio):
    at = log if is_ratio else float
    values = [value for study in studies for value in (study.effect, study.ci_low, study.ci_high) if value is not None]
    ticks = ratio_ticks(values) if is_ratio else even_ticks(values)
    low, high = at(ticks[0]), at(ticks[-1])

    def x(value):
        return LEFT + (at(value) - low) / (high - low) * (RIGHT - LEFT)

    bottom = TOP + ROW * len(studies)
    height = bottom + FOOT
    null = x(1 if is_ratio else 0)
    ink = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="Public Sans, DejaVu Sans, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{_escaped(title)}</title><desc>{_escaped(sentence)}</desc>",
        f'<path d="M{LEFT} {bottom}H{RIGHT}" stroke="{LINE}"/>',
        f'<path d="M{null:.1f} {TOP - 8}V{bottom}" stroke="{ACCENT}" stroke-width="1.5" stroke-dasharray="5 3"/>',
        f'<text x="{min(max(null, LEFT + 48), RIGHT - 48):.1f}" y="11" text-anchor="middle">no difference</text>',
    ]
    for tick in ticks:
        ink.append(f'<path d="M{x(tick):.1f} {bottom}v5" stroke="{LINE}"/>')
        anchor = "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"
        place = x(tick) + {"start": -8, "end": 8, "middle": 0}[anchor]
        ink.append(f'<text x="{place:.1f}" y="{bottom + 20}" text-anchor="{anchor}">{tick:g}</text>')
    for number, study in enumerate(studies):
        ink.append(mark(study, x, TOP + ROW * number))
    ink.append("</svg>")
    return Svg("".join(ink))


def mark(study, x, top):
    """A study’s name, and below it its interval with the effect as a square; a meta-analysis’ own estimate as a diamond."""
    name = f"{study.short} ({study.year})" if study.year else study.short
    middle, level = x(study.effect), top + 26
    ink = [
        f'<text x="{LEFT}" y="{top + 12}" paint-order="stroke" stroke="#fff" stroke-width="3">{_escaped(_cut(name, 48))}</text>'
    ]
    low, high = (x(study.ci_low), x(study.ci_high)) if has_interval(study) else (middle, middle)
    if study.is_meta_analysis and has_interval(study):
        path = f"M{low:.1f} {level}L{middle:.1f} {level - 6}L{high:.1f} {level}L{middle:.1f} {level + 6}z"
        ink.append(f'<path d="{path}" fill="{NAVY}"/>')
        return "".join(ink)
    if has_interval(study):
        path = f"M{low:.1f} {level}H{high:.1f}M{low:.1f} {level - 4}v8M{high:.1f} {level - 4}v8"
        ink.append(f'<path d="{path}" stroke="{NAVY}" stroke-width="1.5"/>')
    ink.append(f'<path d="M{middle - 4:.1f} {level - 4}h8v8h-8z" fill="{NAVY}"/>')
    return "".join(ink)


def even_ticks(values):
    low, high, step = _scale(values)
    return [low + step * number for number in range(round((high - low) / step) + 1)]


def ratio_ticks(values):
    """Ends that hold every value and 1, on a scale where half and double are as far from 1; a few round numbers between."""
    low, high = min(1.0, *values), max(1.0, *values)
    known = sorted({base * 10.0**power for power in range(-6, 7) for base in (1, 2, 5)})
    first = next((tick for tick in reversed(known) if tick <= low), exp(floor(log(low))))
    last = next((tick for tick in known if tick >= high), exp(ceil(log(high))))
    if first == last:
        first, last = first / 2, last * 2
    between = [tick for tick in known if first < tick < last]
    ticks = sorted({first, *between, 1.0, last})
    while len(ticks) > 7:
        ticks = sorted({ticks[0], *ticks[2:-1:2], 1.0, ticks[-1]})
    return ticks
