"""A list of retractions, of the form that Crossref and Retraction Watch publish; its rows are invented."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from policies.actions.evidence_reviews import add_study
from policies.actions.retractions import load_retractions
from policies.actions.trackers import open_tracker
from policies.models import Retraction, Study
from tests.policies.reviewing import add_reminders, begin, published

HEAD = "Record ID,Title,RetractionDOI,RetractionDate,OriginalPaperDOI,RetractionNature,Reason\n"
LIST = HEAD + (
    '1,One,10.1234/notice,3/5/2023 0:00,10.1234/ONE,Retraction,"+Error in Data;+Unreliable Results;"\n'
    "2,Two,,1/1/2020 0:00,10.1234/two,Retraction,\n"
    "3,Two,,6/1/2021 0:00,10.1234/two,Reinstatement,\n"
    "4,Three,,2/2/2022 0:00,10.1234/three,Expression of concern,+Concerns;\n"
    "5,Four,,2/2/2022 0:00,10.1234/four,Correction,\n"
    "6,Five,,2/2/2022 0:00,unavailable,Retraction,\n"
)


@pytest.fixture
def reminders(cast):
    made = add_reminders()
    Study.objects.filter(title="A second look").update(doi="10.1234/One")
    return made


def test_the_latest_word_on_each_publication_is_kept_and_its_studies_flagged(reminders):
    assert load_retractions(LIST) == {"listed": 2, "flagged": 1}
    study = Study.objects.get(title="A second look")
    assert (study.is_retracted, study.retraction.reasons) == (True, "Error in Data; Unreliable Results")
    assert str(study.retraction.on) == "2023-03-05"
    assert load_retractions(LIST) == {"listed": 2, "flagged": 1}
    assert load_retractions(HEAD) == {"listed": 0, "flagged": 0}
    assert not Study.objects.get(title="A second look").is_retracted


def test_studies_reviews_and_trackers_that_rest_on_it_say_so(cast, reminders, as_person):
    review = published(cast.omar, reminders)
    tracker = open_tracker(cast.standing("ada"), intervention=reminders)
    pages = [
        "/library/interventions/court-reminders/",
        f"/library/reviews/{review.pk}/",
        f"/workspaces/alder-ny/trackers/{tracker.pk}/",
    ]
    ada = as_person("ada")
    assert not any("Retracted on March 5, 2023" in ada.get(page).content.decode() for page in pages)
    load_retractions(LIST)
    assert all("Retracted on March 5, 2023" in ada.get(page).content.decode() for page in pages)
    assert "This review rests on 1 study" in " ".join(ada.get(pages[1]).content.decode().split())
    assert "A study that this rests on was retracted" in ada.get(pages[2]).content.decode()
    told = ada.get(f"/api/v1/evidence-reviews/{review.pk}/").json()["studies"]
    assert [each["is_retracted"] for each in told] == [False, True]


def test_a_study_entered_later_is_flagged_too(cast, reminders):
    load_retractions(LIST)
    row = add_study(begin(cast.nora, reminders), cast.nora, title="Three", doi="10.1234/THREE")
    assert (row.study.retraction.nature, row.study.is_retracted) == ("concern", False)


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "a,b\n1,2\n",
            "This is not the Retraction Watch list: it has no column OriginalPaperDOI, RetractionNature, RetractionDate, "
            "Reason, RetractionDOI.",
        ),
        (HEAD + "1,One,,soon,10.1234/one,Retraction,\n", "Line 2: “soon” is not a day."),
    ],
)
def test_another_list_changes_nothing(reminders, text, message):
    load_retractions(LIST)
    with pytest.raises(ValidationError) as stopped:
        load_retractions(text)
    assert stopped.value.messages == [message]
    assert Retraction.objects.count() == 2


def test_the_command_says_what_it_found(reminders, tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    call_command("load_retractions", file)
    assert capsys.readouterr().out == "2 retractions and concerns kept; 1 study of the library flagged.\n"
    with pytest.raises(CommandError, match="never-was.csv"):
        call_command("load_retractions", tmp_path / "never-was.csv")
