"""Who sees that somebody is here: their own choice."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render

from ..actions.presence import show_presence, shown_to_of
from ..forms.presence import PresenceForm


@login_required
def settings(request):
    form = PresenceForm(request.POST if request.method == "POST" else None, initial={"shown_to": shown_to_of(request.user)})
    if form.is_valid():
        show_presence(request.user, form.cleaned_data["shown_to"])
        messages.success(request, "Saved. Open pages obey at once.")
        return redirect("workspaces:presence")
    return render(request, "workspaces/presence/settings.html", {"form": form}, status=422 if form.errors else 200)
