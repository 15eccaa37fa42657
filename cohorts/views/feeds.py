"""A person's own calendar feeds. Making one asks again who it is; the address is on the page that answers, nowhere after."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..actions.feeds import make_feed, revoke_feed
from ..forms.people import FeedForm
from ..models import CalendarFeed, holdings_of, require_rule, rules_of


@login_required
def index(request):
    feeds = list(CalendarFeed.objects.visible_to(request.user).order_by("-created_at"))
    working = set(CalendarFeed.objects.visible_to(request.user).valid().values_list("pk", flat=True))
    context = {
        "feeds": [{"feed": feed, "works": feed.pk in working} for feed in feeds],
        "may_make": bool(holdings_of(request.user).terms),
        "is_refused": not rules_of(request.user).allows_feeds,
    }
    return render(request, "cohorts/settings/feeds.html", context)


@login_required
@reauthentication_required
@never_cache
def create(request):
    require_rule(request.user, "allows_feeds")
    form = FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        feed, token = make_feed(request.user, **form.cleaned_data)
        address = f"{settings.SITE_URL}{reverse('policies:calendar-feed', args=[token])}"
        subscribing = f"webcal://{address.partition('://')[2]}"
        context = {"feed": feed, "address": address, "subscribing": subscribing}
        return render(request, "cohorts/settings/feed_made.html", context)
    return render(request, "cohorts/settings/feed_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request, pk):
    revoke_feed(get_object_or_404(CalendarFeed.objects.visible_to(request.user), pk=pk))
    messages.success(request, "Revoked. Calendars that used it find nothing there from now on.")
    return redirect("cohorts:feeds")
