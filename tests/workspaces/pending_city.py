"""Dover, enrolled in the first cohort, which has a participation agreement that neither office has signed.

Mia, Max and Rex: its mayor's office (principal, staff, records officer). Pia and Pat: its prosecutor's office (principal,
delegate)."""

from cohorts.actions.agreements import write_agreement
from cohorts.actions.cohorts import enrol_city
from tests.cast import city, give_factor, pair, person, seat
from workspaces.models import AGREEMENT, SignOff, Standing

TEXT = "Both offices work together, weekly."


def build_dover(cast):
    """Dover's people join the cast; `cast.dover` is its workspace, `cast.agreement` the first edition."""
    cast.agreement = write_agreement(cast.cohort, cast.finn, text=TEXT, edition=1)
    place = city("dover")
    cast.offices["dover"] = mayor, prosecutor = pair(place)
    people = {name: person(name) for name in ("mia", "max", "pia", "pat", "rex")}
    give_factor(*people.values())
    cast.__dict__.update(people)
    cast.dover = enrol_city(cast.cohort, place, mayor, prosecutor, by=cast.finn).workspace
    cast.seats |= {
        "mia": seat(cast.mia, "principal", "Mayor", office=mayor),
        "max": seat(cast.max, "staff", "Policy adviser", office=mayor),
        "rex": seat(cast.rex, "records", "Records officer", office=mayor),
        "pia": seat(cast.pia, "principal", "District Attorney", office=prosecutor),
        "pat": seat(cast.pat, "delegate", "First assistant", office=prosecutor),
    }
    return cast


def door(cast, name):
    return Standing.at_the_door(getattr(cast, name), cast.dover)


def proposal():
    return SignOff.objects.get(subject_kind=AGREEMENT, status="open")
