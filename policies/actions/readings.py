"""What second readers do: take a place, rate each outcome for themselves, and settle what two of them saw differently."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.models import Conflict

from ..models import EvidenceReview, Reading, ReviewOutcome, advises_adopter
from ..models.readings import FIRST_TWO, RATED, THIRD, differing, settled
from .evidence_reviews import require_researcher

Status = EvidenceReview.Status
CHOICES = {
    "rating": ReviewOutcome.Rating.values,
    "direction": ReviewOutcome.Direction.values,
    "certainty": ReviewOutcome.Certainty.values,
}
REASON = 4000  # characters


def locked(review):
    rows = EvidenceReview.objects.select_for_update(no_key=True, of=("self",)).select_related("intervention")
    return rows.get(pk=review.pk)


def round_of(review):
    return Reading.objects.filter(review=review, round=review.round)


def place_for(review, person, readings):
    """The place that `person` could take among `readings` of the round. Raises PermissionDenied for an author, or an adviser of
    a city that adopted it; ValidationError where no place is free."""
    require_researcher(person)
    if review.authors.filter(person=person.pk).exists():
        raise PermissionDenied("Nobody reads their own review.")
    if advises_adopter(person, review.intervention):
        raise PermissionDenied("You advise a city that has adopted this, so somebody else reads it.")
    if review.status != Status.IN_REVIEW:
        raise ValidationError("This is not in review.")
    if any(each.reader_id == person.pk for each in readings):
        raise ValidationError("You are a reader of it already.")
    taken = {each.place for each in readings}
    free = next((place for place in FIRST_TWO if place not in taken), None)
    if free is None and THIRD not in taken and differing(readings, review.outcomes.all()):
        free = THIRD
    if free is None:
        raise ValidationError("It has its readers already.")
    return free


@transaction.atomic
def take_reading(review, person):
    """Become a reader of it: the first or second, or the third where those two differ."""
    term = require_researcher(person)
    review = locked(review)
    place = place_for(review, person, list(round_of(review)))
    return Reading.objects.create(review=review, round=review.round, place=place, reader=person, term=term)


@transaction.atomic
def give_back_reading(reading, person):
    """Leave the place to somebody else, before one's reading is in."""
    review = locked(reading.review)
    reading = Reading.objects.get(pk=reading.pk)
    if reading.reader_id != person.pk:
        raise PermissionDenied
    if reading.submitted_at or reading.round != review.round:
        raise ValidationError("Your reading is in, so it stays.")
    reading.delete()


@transaction.atomic
def submit_reading(reading, person, *, conflicts_of_interest, ratings, remarks=""):
    """Send one's reading, for good. `ratings`: {outcome’s name: {rating, direction, certainty, reason}}, of every outcome; from
    a third reader, of those that the two saw differently."""
    require_researcher(person)
    review = locked(reading.review)
    reading = Reading.objects.get(pk=reading.pk)
    if reading.reader_id != person.pk:
        raise PermissionDenied
    if reading.submitted_at:
        raise Conflict(reading)
    if review.status != Status.IN_REVIEW or reading.round != review.round:
        raise ValidationError("The authors took it back meanwhile, so this round is over.")
    if advises_adopter(person, review.intervention):
        raise ValidationError("A city that you advise has adopted this by now. Give the reading back; somebody else reads it.")
    if not conflicts_of_interest.strip():
        raise ValidationError({"conflicts_of_interest": "Declare them first; “none” is an answer too."})
    reading.ratings = cleaned(ratings, asked_of(reading, review))
    reading.conflicts_of_interest, reading.remarks = conflicts_of_interest.strip(), remarks.strip()
    reading.submitted_at = timezone.now()
    reading.full_clean()
    reading.save()
    return reading


@transaction.atomic
def read_at_once(review, person, **told):
    """Take a place, or the one taken before, and send what one makes of it; `told` as `submit_reading` takes it."""
    mine = round_of(locked(review)).filter(reader=person).first()
    return submit_reading(mine or take_reading(review, person), person, **told)


def asked_of(reading, review):
    """The outcomes that this reader rates."""
    outcomes = list(review.outcomes.all())
    if reading.place != THIRD:
        return outcomes
    apart = differing(list(round_of(review)), outcomes)
    return [outcome for outcome in outcomes if outcome.pk in apart]


def cleaned(ratings, asked):
    """Ratings by the outcomes' keys. Raises ValidationError naming each outcome that is not rated as it can be."""
    wrong, told = [], {}
    for outcome in asked:
        given = ratings.get(outcome.outcome)
        given = given if isinstance(given, dict) else {}
        unsaid = [key for key in RATED if given.get(key) not in CHOICES[key]]
        reason = given.get("reason", "")
        if unsaid:
            wrong.append(f"“{outcome.outcome}”: choose its {' and '.join(unsaid)}.")
        elif not isinstance(reason, str) or not reason.strip():
            wrong.append(f"“{outcome.outcome}”: give your reason.")
        elif len(reason) > REASON:
            wrong.append(f"“{outcome.outcome}”: keep the reason to {REASON:,} characters.")
        else:
            told[str(outcome.pk)] = {key: given[key] for key in RATED} | {"reason": reason.strip()}
    if wrong:
        raise ValidationError({"ratings": wrong})
    return told


def apply_readings(review):
    """Put the ratings at what the readers agreed on or a third settled; whether that was so. Raises ValidationError while two
    readers differ and nobody has settled it."""
    readings, outcomes = list(round_of(review)), list(review.outcomes.all())
    told = settled(readings, outcomes)
    if told is None:
        if differing(readings, outcomes):
            raise ValidationError("The two readers differ. A third settles that before it is published.")
        return False
    for outcome in outcomes:
        changed = {key: value for key, value in told[outcome.pk].items() if getattr(outcome, key) != value}
        if changed:
            for key, value in changed.items():
                setattr(outcome, key, value)
            outcome.version += 1
            outcome.save()
    return True
