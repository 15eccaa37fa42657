"""Nora brings studies into her draft from files of references and by DOI. There is no network here, and none is needed."""

import json

import httpx2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import doi_look_ups
from policies.actions.evidence_reviews import add_study, edit_study, take_studies
from policies.actions.study_lists import add_by_doi, bring_in, look_up_again, looked_through, upload_list
from policies.models import Study, StudyList
from policies.references import read_references, write_bibtex, write_csl, write_ris
from tests.policies.reviewing import add_reminders, begin

RIS = """TY  - JOUR
AU  - Cooper, C.
AU  - Eslinger, D.M.
TI  - Hospital programs work
PY  - 2006/09/01
JO  - Journal of Trauma
DO  - 10.1097/01.ta.0000236576.81860.8c
ER  - 

TY  - JOUR
TI  - Texts before court!
PY  - 2019
ER  - 
"""  # noqa: W291 (as programs write it)
BIBTEX = r"""@string{jt = "Journal of Trauma"}
@article{cooper, author = {Cooper, C. and {The Alder and Birch Group}}, title = {{Hospital} programs \& people},
  journal = jt, year = 2006, doi = {10.1234/a_b}}
@misc{cooper, title = {50% fewer: a caf\'e}}
"""


@pytest.fixture
def review(cast):
    return begin(cast.nora, add_reminders())


def refused(verb, *args, **told):
    with pytest.raises(ValidationError) as stopped:
        verb(*args, **told)
    return stopped.value.messages


# --- files


def test_ris_is_read(cast):
    assert read_references("x.ris", b"\xef\xbb\xbf" + RIS.encode()) == [
        {
            "title": "Hospital programs work",
            "authors": "Cooper, C.; Eslinger, D.M.",
            "source": "Journal of Trauma",
            "doi": "10.1097/01.ta.0000236576.81860.8c",
            "year": 2006,
        },
        {"title": "Texts before court!", "year": 2019},
    ]


def test_bibtex_is_read_with_its_strings_accents_and_two_records_of_one_key():
    assert read_references("x.bib", BIBTEX.encode("cp1252")) == [
        {
            "title": "Hospital programs & people",
            "authors": "Cooper, C.; The Alder and Birch Group",
            "source": "Journal of Trauma",
            "doi": "10.1234/a_b",
            "year": 2006,
        },
        {"title": "50% fewer: a café"},
    ]


@pytest.mark.parametrize(
    "name, text, message",
    [
        (
            "a.bib",
            "@article{a,\n title={One {Two},\n year=2019}\n\n@article{b, title={B}}\n",
            "Line 1: the record that begins here (“@article{a,”) is not closed, or a quote or comma is missing in it.",
        ),
        (
            "a.bib",
            "@article{b, title={B}}\n@article{a,\n title={One {Two},\n",
            "Line 2: the record that begins here (“@article{a,”) is not closed, or a quote or comma is missing in it.",
        ),
        ("a.ris", "TY  - JOUR\nTI  - T\n", "Line 1: the record that begins here has no end (“ER  - ”)."),
        (
            "a.ris",
            "TY  - JOUR\nTI  - T\nTY  - JOUR\nER  - \n",
            "Line 1: the record that begins here has no end (“ER  - ”) before line 3.",
        ),
        ("a.ris", "TI  - T\nTY  - JOUR\nER  - \n", "Line 1: “TI” stands outside of a record; one begins with “TY  - ”."),
        ("a.ris", "Dear all", "This is neither a RIS nor a BibTeX file: no record begins with “TY  - ” or “@article{”."),
        ("a.bib", "", "The file holds no record."),
        ("a.ris", "TY\0", "This is not a text file."),
        ("a.ris", "TY  - JOUR\nER  - \n" * 501, "The file holds 501 records. Bring in 500 at a time at most."),
        ("a.ris", "x" * (2 * 1024 * 1024 + 1), "The file has more than 2 MB. Export fewer records at a time."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(cast, review, name, text, message):
    assert refused(upload_list, review, cast.nora, name=name, data=text.encode()) == [message]
    assert not StudyList.objects.exists()


SIGNS = st.text("-`'?!{}\\ %a$&<>,#^ˆ~\"=+@", min_size=1, max_size=30)
LETTERS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60)
WORDS = st.one_of(SIGNS, LETTERS).map(lambda text: " ".join(text.split())).filter(bool)
REFERENCE = st.fixed_dictionaries(
    {
        "title": WORDS,
        "authors": st.lists(WORDS.filter(lambda name: ";" not in name), min_size=1, max_size=4).map("; ".join),
        "year": st.integers(1800, 2199),
        "source": WORDS,
        "doi": st.just("10.1234/a_b(c)"),
        "read_at": st.just("https://example.org/a_b%20c?x=1&y=~2"),
        "note": WORDS,
    }
)


@pytest.mark.parametrize("end, write", [("ris", write_ris), ("bib", write_bibtex)])
def test_what_is_written_is_read_again_as_it_was(end, write):
    @settings(max_examples=150, deadline=None)
    @given(st.lists(REFERENCE, min_size=1, max_size=3))
    def there_and_back(references):
        assert read_references(f"studies.{end}", write(references).encode()) == references

    there_and_back()


def test_csl_json_tells_names_as_they_are():
    (item,) = json.loads(write_csl([{"title": "T", "authors": "Cooper, C.; The Group", "year": 2006, "doi": "10.1234/x"}]))
    assert item == {
        "id": "study1",
        "type": "document",
        "title": "T",
        "author": [{"family": "Cooper", "given": "C."}, {"literal": "The Group"}],
        "issued": {"date-parts": [[2006]]},
        "DOI": "10.1234/x",
    }


# --- looking through a file, and bringing in


def test_duplicates_are_found_by_doi_and_by_title_and_year(cast, review):
    (inside,) = take_studies(review, cast.nora, Study.objects.filter(title="A second look"))
    text = (
        RIS
        + "TY  - JOUR\nTI  - Other title\nDO  - https://doi.org/10.1097/01.TA.0000236576.81860.8C\nER  - \n"
        + "TY  - JOUR\nTI  - a SECOND look\nPY  - 2020\nER  - \n"
        + "TY  - JOUR\nTI  - Bad\nDO  - ten\nER  - \nTY  - JOUR\nAU  - Nobody\nER  - \n"
    )
    rows = looked_through(upload_list(review, cast.nora, name="x.ris", data=text.encode()))
    assert [
        (row["number"], str(row["known"] or ""), row["is_in_review"], row["same_as"], row["problem"], row["may_take"])
        for row in rows
    ] == [
        (1, "", False, None, "", True),
        (2, "Alder and Birch (2019): Texts before court", False, None, "", True),
        (3, "", False, 1, "", False),
        (4, str(inside.study), True, None, "", False),
        (5, "", False, None, "Record 5: “ten” is not a DOI. One looks like 10.1111/1745-9133.12353.", False),
        (6, "", False, None, "Record 6 has neither a title nor a DOI.", False),
    ]


def test_what_is_chosen_is_brought_in_all_or_none(cast, review):
    found = upload_list(review, cast.nora, name="x.ris", data=RIS.encode())
    with pytest.raises(PermissionDenied):
        bring_in(found, cast.omar, [1])
    assert refused(bring_in, found, cast.nora, []) == ["Choose at least one record."]
    one, two = bring_in(found, cast.nora, [1, 2])
    assert (one.study.entered_for, one.study.doi, one.study.year) == (review, "10.1097/01.ta.0000236576.81860.8c", 2006)
    assert (two.study.entered_for, two.study.authors) == (None, "Alder and Birch")
    assert refused(bring_in, found, cast.nora, [1]) == ["These records were brought in already."]
    again = upload_list(review, cast.nora, name="x.ris", data=RIS.encode())
    assert refused(bring_in, again, cast.nora, [1, 2]) == ["One of these cannot be brought in. Look through them again."]
    assert review.studies.count() == 2


def test_a_file_without_a_script(cast, review, as_person):
    nora = as_person("nora")
    page = f"/library/reviews/{review.pk}/studies/file/"
    answer = nora.post(page, {"file": SimpleUploadedFile("x.bib", b"@article{a,\n title={One {Two},\n")})
    assert answer.status_code == 422 and "Line 1: the record that begins here" in answer.content.decode()
    answer = nora.post(page, {"file": SimpleUploadedFile("x.ris", RIS.encode())})
    shown = nora.get(answer.headers["Location"]).content.decode()
    assert "2 records in x.ris" in shown and "The library’s own record is taken" in shown
    assert nora.post(answer.headers["Location"], {}).status_code == 422
    assert nora.post(answer.headers["Location"], {"records": [1, 9]}).status_code == 422
    assert nora.post(answer.headers["Location"], {"records": [1]}).status_code == 302
    assert [row.study.title for row in review.studies.all()] == ["Hospital programs work"]


# --- DOIs


@pytest.fixture
def crossref(monkeypatch):
    """What Crossref answers: a message, or an error to raise."""
    answers = {}

    class Client:
        def __init__(self, timeout):
            pass

        def works(self, ids):
            if isinstance(answers[ids], Exception):
                raise answers[ids]
            return {"message": answers[ids]}

    monkeypatch.setattr(doi_look_ups, "Crossref", Client)
    return answers


def test_what_crossref_knows_is_filled_in_where_nothing_stood(cast, review, crossref):
    crossref["10.1234/abc"] = {
        "title": ["Hospital programs work"],
        "author": [{"family": "Cooper", "given": "C."}, {"name": "The Group"}],
        "issued": {"date-parts": [[2006, 9]]},
        "container-title": ["Journal of Trauma"],
    }
    row = add_by_doi(review, cast.nora, doi="doi:10.1234/abc")
    assert (row.study.doi, row.study.title, row.study.doi_state) == ("10.1234/abc", "", "asked")
    edit_study(row, cast.nora, version=1, study={"authors": "As I know them"})
    doi_look_ups.look_up(row.study_id)
    row.refresh_from_db()
    study = Study.objects.get(pk=row.study_id)
    assert (study.title, study.authors, study.year, study.source, study.doi_state, row.version) == (
        "Hospital programs work",
        "As I know them",
        2006,
        "Journal of Trauma",
        "found",
        3,
    )
    doi_look_ups.look_up(row.study_id)  # a job that runs twice


@pytest.mark.parametrize(
    "error, state",
    [
        (httpx2.ConnectError("Name or service not known"), "unreachable"),
        (httpx2.HTTPStatusError("404", request=None, response=httpx2.Response(404)), "unknown"),
        (httpx2.HTTPStatusError("503", request=None, response=httpx2.Response(503)), "unreachable"),
        (KeyError("message"), "unreachable"),
    ],
)
def test_without_an_answer_the_doi_stays_as_typed_and_the_rest_is_asked(cast, review, crossref, as_person, error, state):
    crossref["10.1234/abc"] = error
    row = add_by_doi(review, cast.nora, doi="10.1234/abc")
    doi_look_ups.look_up(row.study_id)
    study = Study.objects.get(pk=row.study_id)
    assert (study.doi, study.title, study.doi_state) == ("10.1234/abc", "", state)
    page = as_person("nora").get(f"/library/reviews/{review.pk}/").content.decode()
    assert study.get_doi_state_display() in page and "Fill in the rest" in page
    look_up_again(row, cast.nora)
    assert Study.objects.get(pk=row.study_id).doi_state == "asked"


def test_the_sweep_takes_up_what_a_killed_worker_left(cast, review, crossref):
    crossref["10.1234/abc"] = {"title": ["Found at last"]}
    row = add_by_doi(review, cast.nora, doi="10.1234/abc")
    doi_look_ups.look_up_left_over()
    assert Study.objects.get(pk=row.study_id).title == ""
    doi_look_ups.look_up_left_over(grace=doi_look_ups.GRACE * 0)
    assert Study.objects.get(pk=row.study_id).title == "Found at last"


def test_a_doi_is_taken_once_and_from_the_library_where_it_is(cast, review):
    Study.objects.filter(title="A second look").update(doi="10.1234/Known")
    row = add_by_doi(review, cast.nora, doi="https://doi.org/10.1234/known")
    assert (row.study.title, row.study.doi_state) == ("A second look", "")
    assert len(refused(add_by_doi, review, cast.nora, doi="10.1234/KNOWN")) == 1
    assert refused(add_by_doi, review, cast.nora, doi="five") == [
        "“five” is not a DOI. One looks like 10.1111/1745-9133.12353."
    ]


def test_who_writes_while_it_is_looked_up_is_told_and_loses_nothing(cast, review, crossref, as_person):
    crossref["10.1234/abc"] = {"title": ["Found meanwhile"]}
    row = add_by_doi(review, cast.nora, doi="10.1234/abc")
    doi_look_ups.look_up(row.study_id)
    page = f"/library/reviews/{review.pk}/studies/{row.pk}/edit/"
    told = {"version": 1, "doi": "10.1234/abc", "title": "My own title"}
    answer = as_person("nora").post(page, told)
    shown = answer.content.decode()
    assert answer.status_code == 422 and "It now reads: Found meanwhile" in shown and "My own title" in shown
    assert as_person("nora").post(page, told | {"version": 2}).status_code == 302
    assert Study.objects.get(pk=row.study_id).title == "My own title"


# --- exports


def test_a_review_s_studies_leave_in_four_kinds_for_whoever_reads_it(cast, review, as_person):
    take_studies(review, cast.nora, Study.objects.filter(title="Texts before court"))
    add_study(review, cast.nora, title="=SUM(A1)", outcome="-1", direction="null", doi="10.1234/x", effect_text="@home")
    add_study(review, cast.nora, title="=SUM(A1)", outcome="another result", direction="null", doi="10.1234/X")
    at = f"/library/reviews/{review.pk}/studies"
    nora = as_person("nora")
    ris = nora.get(f"{at}.ris")
    assert ris.headers["Content-Disposition"] == 'attachment; filename="do-reminders-bring-people-to-court-edition-draft.ris"'
    assert [each["title"] for each in read_references("x.ris", ris.content)] == ["Texts before court", "=SUM(A1)"]
    assert [each["title"] for each in read_references("x.bib", nora.get(f"{at}.bib").content)] == [
        "Texts before court",
        "=SUM(A1)",
    ]
    assert len(nora.get(f"{at}.json").json()) == 2
    lines = nora.get(f"{at}.csv").content.decode().splitlines()
    assert len(lines) == 4 and "'-1" in lines[2] and "'@home" in lines[2] and "'=SUM(A1)" in lines[2]
    assert nora.get(f"{at}.exe").status_code == 404
    assert as_person("ada").get(f"{at}.ris").status_code == 404
