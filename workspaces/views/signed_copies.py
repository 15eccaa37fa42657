"""What a person signed, theirs to read for good: the content and their own signature, also when the seat has ended."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render

from cohorts.models import holdings_of

from ..markdown import to_html
from ..models import SignedCopy, Workspace, canonical_json, signing_terms
from ..subjects import subject_of


@login_required
def index(request):
    copies = list(SignedCopy.objects.visible_to(request.user))
    if not copies and not signing_terms(holdings_of(request.user).terms):
        where_one_signs = Workspace.objects.known_to(request.user).exclude(kind=Workspace.Kind.CONVENING)
        if where_one_signs.exists():
            raise PermissionDenied("You have signed nothing, and your seat does not sign.")
        raise Http404
    rows = [{"copy": copy, "heading": heading_of(copy)} for copy in copies]
    return render(request, "workspaces/signed_copies/index.html", {"rows": rows})


@login_required
def detail(request, pk):
    copy = get_object_or_404(SignedCopy.objects.visible_to(request.user), pk=pk)
    content, subject = copy.sign_off.content, subject_of(copy.sign_off.subject_kind)
    context = {
        "copy": copy,
        "heading": heading_of(copy),
        "words": subject.words(content),
        "text": to_html(subject.text(content)) if subject.text else "",
        "canonical": canonical_json(content),
    }
    return render(request, "workspaces/signed_copies/detail.html", context)


def heading_of(copy):
    heading = subject_of(copy.sign_off.subject_kind).heading
    return heading(copy.sign_off.content) if heading else "What you signed"
