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
from ..models import CalendarFeed, require_rule
from . import keys

FEED = keys.Kind(
    title="Your calendar",
    rule="allows_feeds",
    leads=(
        "Your convenings and due dates in the calendar you already use. What is due is not named there: an entry says where, "
        "and leads here.",
        "Your office does not allow calendar feeds. Its IT contact sets this rule.",
        "A calendar address belongs to a seat. You hold none at present.",
    ),
    make="Make an address",
    one="address",
    none=(
        "No addresses",
        "With an address of your own, your phone’s or office’s calendar shows your convenings, and moves them when they move.",
    ),
    used=("last fetched", "never fetched"),
    list="cohorts:feeds",
    new="cohorts:feed-new",
    revocation="cohorts:feed-revocation",
)


@login_required
def index(request):
    return keys.index(request, FEED, CalendarFeed.objects)


@login_required
@reauthentication_required
@never_cache
def create(request):
    require_rule(request.user, FEED.rule)
    form = FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        feed, token = make_feed(request.user, **form.cleaned_data)
        address = f"{settings.SITE_URL}{reverse('policies:calendar-feed', args=[token])}"
        subscribing = f"webcal://{address.partition('://')[2]}"
        context = {"feed": feed, "address": address, "subscribing": subscribing}
        return render(request, "cohorts/settings/feed_made.html", context)
    return keys.ask(request, FEED, form)


@login_required
@require_POST
def revoke(request, pk):
    revoke_feed(get_object_or_404(CalendarFeed.objects.visible_to(request.user), pk=pk))
    messages.success(request, "Revoked. Calendars that used it find nothing there from now on.")
    return redirect(FEED.list)
