"""The guard before words leave: what looks like case information is asked about once, and who posts it anyway is noted."""

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list

from cohorts.actions.audit import record_act

from ..guarding import found_in

SHOWN = 3


class CaseInformation(ValidationError):
    """Words look like case information or personal data. To be asked back, not refused: the same again with `anyway` goes."""

    def __init__(self, found):
        super().__init__(warning_of(found), code="case_information")
        self.found = found


def warning_of(found):
    told = [f"{finding.kind} ({words_of(finding)})" for finding in found[:SHOWN]]
    if len(found) > SHOWN:
        told.append(f"{len(found) - SHOWN} more")
    return (
        f"This looks like {get_text_list(told, 'and')}. Open cases and personal data do not belong here. "
        "Take it out, or post it anyway: that you did is noted, without the words."
    )


def words_of(finding):
    return f"“{finding.words}” in the file “{finding.file}”" if finding.file else f"“{finding.words}”"


def ask_back(words, *, anyway, former="", in_files=()):
    """Findings that go all the same. Raises CaseInformation for those that `former` words did not have, unless `anyway`;
    `in_files`: what was found in files that go along."""
    known = {finding.words for finding in found_in(former)} if former else set()
    found = [finding for finding in found_in(words) if finding.words not in known] + list(in_files)
    if found and not anyway:
        raise CaseInformation(found)
    return found


def note_anyway(found, standing, thing, *, kind="topic", ring=None):
    """For the office of who posted, else for the cohort, unless `ring` is another: what kinds, and in which `thing` of which
    `kind`. Last of all in a verb."""
    if found:
        kinds = " and ".join(dict.fromkeys(finding.kind for finding in found))
        ring = ring or standing.office or standing.workspace.home_cohort
        subject = (kind, thing.pk, kinds)
        record_act("guard.passed", ring, by=standing.person, term=standing.term, subject=subject)
