"""“Remind me of this”: the choice of a day, and the message once that day has come."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from ..actions.reminders import forget_reminder, remind
from ..forms.reminders import ReminderForm
from ..mails.planning import today
from ..models import Reminder
from ..reading import read_message
from .doors import around, enter
from .messages import in_topic, message_or_404


@login_required
def detail(request, slug, pk):
    """POST sets the day, or with `done` forgets it."""
    standing = enter(request, slug)
    message, person = message_or_404(standing, pk), request.user
    standing.require(bool(standing.terms))
    day = today(person)
    form = ReminderForm(request.POST if request.method == "POST" and "done" not in request.POST else None, today=day)
    if "done" in request.POST:
        forget_reminder(message, person)
        messages.success(request, "You will not be reminded of it.")
        return redirect(in_topic(standing, message))
    if form.is_valid():
        try:
            reminder = remind(message, person, on=form.cleaned_data["on"])
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"You will be reminded on {reminder.on:%A}, {reminder.on:%B} {reminder.on.day}.")
            return redirect(in_topic(standing, message))
    context = around(standing, "discussion") | {
        "form": form,
        "message": read_message(message),
        "topic": message.topic,
        "in_topic": in_topic(standing, message),
        "reminder": Reminder.objects.visible_to(person).filter(message=message).first(),
        "today": day,
    }
    return render(request, "workspaces/messages/reminder.html", context, status=422 if form.errors else 200)
