"""What a person gets by mail: their choices, and the address in every mail that stops its like without signing in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from cohorts.models import rules_of

from ..actions.mails import choose_as_everywhere, choose_mails, stop_mails
from ..forms.mails import MailChoiceForm, in_words
from ..mails.replies import LARGEST
from ..models import Mail, MailAddress, MailChoice, MailChoices, Workspace

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058


@login_required
def index(request):
    person = request.user
    choices = MailChoices([person])
    spaces = Workspace.objects.visible_to(person)
    context = {
        "everywhere": in_words(choices.of(person.pk)),
        "rows": [
            {
                "workspace": space,
                "words": in_words(choices.of(person.pk, space.pk)),
                "is_own": choices.is_own(person.pk, space.pk),
            }
            for space in spaces
        ],
        "rules": rules_of(person),
    }
    return render(request, "workspaces/mails/index.html", context)


@login_required
def everywhere(request):
    return choose(request, None)


@login_required
def detail(request, slug):
    return choose(request, get_object_or_404(Workspace.objects.visible_to(request.user), slug=slug))


def choose(request, workspace):
    person = request.user
    key = workspace and workspace.pk
    choices = MailChoices([person])
    now = choices.of(person.pk, key)
    instance = MailChoice(mentions=now.mentions, rest=now.rest, signatures=now.signatures)
    form = MailChoiceForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        choose_mails(person, workspace, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("workspaces:mail-choices")
    context = {"form": form, "workspace": workspace, "is_own": choices.is_own(person.pk, key)}
    return render(request, "workspaces/mails/form.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def as_everywhere(request, slug):
    workspace = get_object_or_404(Workspace.objects.visible_to(request.user), slug=slug)
    choose_as_everywhere(request.user, workspace)
    messages.success(request, f"{workspace.name} follows what you chose for everywhere.")
    return redirect("workspaces:mail-choices")


@csrf_exempt  # a mail program posts here in one click, and knows no token of a form
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request, token):
    """GET asks once more, since programs that look at links follow them; POST does it."""
    address = MailAddress.objects.of_token(token, MailAddress.Purpose.STOP)
    if address is None:
        return render(request, "workspaces/mails/stop.html", {"is_gone": True}, status=404)
    if request.method == "POST":
        stop_mails(address)
        if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            return HttpResponse("Done. You get no more of these mails.\n", content_type="text/plain")
    is_news = address.mail.kind == Mail.Kind.NEWS
    where = "" if is_news else address.mail.sign_off.workspace.name
    context = {"is_news": is_news, "where": where, "is_done": request.method == "POST"}
    return render(request, "workspaces/mails/stop.html", context)


@csrf_exempt  # a mail service posts here, with the name and password it was given
@require_POST
def inbound(request):
    """Answers by mail from the service of django-anymail that is set; what they are is heard in `receivers`. Where something
    fails the service gets a 500, and comes again."""
    from anymail.urls import urlpatterns as webhooks  # noqa: PLC0415 (loads every service it knows)

    service = next((each.callback for each in webhooks if each.name == f"{settings.MAIL_INBOUND}_inbound_webhook"), None)
    if service is None:
        raise Http404
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    request._body = body  # read here, because a mail may be larger than what any form of ours may send
    return service(request)
