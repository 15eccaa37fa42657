"""By what a study is scored and an outcome is rated: published instruments, each with its source, told in our own words.

The texts stand beside the fields where somebody scores or rates, and on every review's page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Criterion:
    key: str
    name: str
    asks: str


@dataclass(frozen=True)
class Source:
    words: str
    address: str


DESIGN_SOURCE = Source(
    "Maryland Scientific Methods Scale: Farrington, Gottfredson, Sherman and Welsh (2002), in “Evidence-Based Crime "
    "Prevention”, pages 13 to 21.",
    "https://www.ojp.gov/ncjrs/virtual-library/abstracts/maryland-scientific-methods-scale-evidence-based-crime-prevention-p",
)
DESIGN_LEVELS = (
    (1, "1: Compared once, without adjustment", "One comparison, at one time or of before and after, and nothing made alike."),
    (2, "2: Before and after, or adjusted", "Before and after without a comparison group, or groups compared with adjustment."),
    (3, "3: Before and after, with a comparison group", "Both groups before and after; the comparison group is argued alike."),
    (4, "4: Many units, alike or made alike", "Many treated and untreated units, other causes measured and controlled for."),
    (5, "5: Random assignment", "Units were assigned at random, and were alike before."),
)

RIGOUR_SOURCE = Source(
    "Items after the study quality and fidelity parts of the CrimeSolutions program scoring instrument (National Institute of "
    "Justice); the words and the 0 to 3 of each answer are ours.",
    "https://crimesolutions.ojp.gov/about/what-we-look-program-evaluation-research",
)
RIGOUR_ITEMS = (
    Criterion("sample", "Sample", "Is it large enough to find an effect that matters?"),
    Criterion("attrition", "Who was lost", "How many left the study, and did the groups lose alike?"),
    Criterion("adjustment", "Adjustment", "Were differences between the groups accounted for in the analysis?"),
    Criterion("measurement", "Measurement", "Are the outcomes measured reliably, and in the same way in both groups?"),
    Criterion("follow_up", "Follow-up", "Was the outcome watched long enough after the intervention?"),
    Criterion("spillover", "Spillover", "Was it checked whether the problem moved elsewhere, or the benefit spread?"),
    Criterion("fidelity", "Fidelity", "Was the intervention carried out as designed, and was that measured?"),
)
SCORES = (
    (3, "3: Well done"),
    (2, "2: Done, with small gaps"),
    (1, "1: Weak"),
    (0, "0: A serious flaw"),
)
NOT_REPORTED = "not_reported"

GRADE_SOURCE = Source(
    "GRADE Handbook: Schünemann, Brożek, Guyatt and Oxman, editors (2013), section 5.",
    "https://gdt.gradepro.org/app/handbook/handbook.html",
)
DOMAINS = (
    Criterion(
        "risk_of_bias", "Risk of bias", "Could the way the studies were done have made the effect look other than it is?"
    ),
    Criterion("inconsistency", "Inconsistency", "Do the studies differ in what they found, and nobody can say why?"),
    Criterion(
        "indirectness", "Indirectness", "Are people, intervention, comparison or outcome other than those of the question?"
    ),
    Criterion(
        "imprecision", "Imprecision", "Are there few people or events, or is the interval wide enough to change the answer?"
    ),
    Criterion("publication_bias", "Publication bias", "Are studies likely missing because of what they found?"),
)
CONCERNS = (("none", "No serious concern"), ("serious", "Serious"), ("very_serious", "Very serious"))
CERTAINTY_MEANS = {
    "high": "We are very confident that the true effect lies close to what the studies found.",
    "moderate": "The true effect is likely close to what the studies found, but may be substantially different.",
    "low": "The true effect may be substantially different from what the studies found.",
    "very_low": "The true effect is likely substantially different from what the studies found.",
}
CERTAINTY_STARTS = (
    "By GRADE, evidence from random assignment starts at high and from other designs at low. A serious concern takes it down "
    "by one level, a very serious one by two; a large effect or a dose and response can raise it."
)

RATING_SOURCE = Source(
    "Ratings as CrimeSolutions defines them for outcomes (National Institute of Justice), in our own words.",
    "https://crimesolutions.ojp.gov/about/calculating-outcome-based-program-ratings",
)
RATING_MEANS = {
    "effective": "Strong evidence that it brings about the intended outcome.",
    "promising": "Some evidence that it brings about the intended outcome.",
    "ineffective": "Strong evidence that it does not bring about the intended outcome.",
    "negative": "Evidence that it makes the outcome worse.",
    "inconclusive": "The studies do not allow a rating. That is not the same as no effect.",
}

DOMAIN_KEYS = tuple(each.key for each in DOMAINS)
RIGOUR_KEYS = tuple(each.key for each in RIGOUR_ITEMS)
