from django.urls import path

from .views import convenings, enrolments, feeds, guests, invitations, joining, office_rules, people, sessions, tokens

app_name = "cohorts"
urlpatterns = [
    path("cohorts/<slug:cohort>/convenings/<slug:slug>.ics", convenings.calendar, name="convening-calendar"),
    path("cohorts/<slug:cohort>/convenings/<slug:slug>/guests/", guests.index, name="convening-guests"),
    path("cohorts/<slug:cohort>/convenings/<slug:slug>/guests/new/", guests.create, name="convening-guest-new"),
    path("people/guests/<uuid:pk>/end/", guests.end, name="guest-end"),
    path("people/welcome/", joining.welcome, name="welcome"),
    path("people/welcome/here/", joining.here, name="welcome-here"),
    path("people/mailbox/", joining.letters, name="mailbox"),
    path("people/offices/<uuid:pk>/invitations/", invitations.of_office, name="office-invitations"),
    path("people/offices/<uuid:pk>/invitations/new/", invitations.create_for_office, name="office-invitation-new"),
    path("people/offices/<uuid:pk>/rules/", office_rules.detail, name="office-rules"),
    path("people/cohorts/<slug:slug>/invitations/", invitations.of_cohort, name="cohort-invitations"),
    path("people/cohorts/<slug:slug>/invitations/new/", invitations.create_for_cohort, name="cohort-invitation-new"),
    path("people/cohorts/<slug:slug>/invitations/file/", invitations.upload, name="cohort-invitations-file"),
    path("people/cohorts/<slug:slug>/cities/new/", enrolments.create, name="enrolment-new"),
    path("people/invitations/<uuid:pk>/resend/", invitations.send_again, name="invitation-resend"),
    path("people/invitations/<uuid:pk>/revoke/", invitations.take_back, name="invitation-revoke"),
    path("people/invitations/<str:token>/", joining.detail, name="invitation"),
    path("people/confirmations/<str:token>/", joining.confirmation, name="confirmation"),
    path("settings/", people.settings, name="settings"),
    path("settings/sessions/", sessions.index, name="sessions"),
    path("settings/sessions/<int:pk>/end/", sessions.end, name="session-end"),
    path("settings/tokens/", tokens.index, name="tokens"),
    path("settings/tokens/new/", tokens.create, name="token-new"),
    path("settings/tokens/<uuid:pk>/revocation/", tokens.revoke, name="token-revocation"),
    path("settings/calendar/", feeds.index, name="feeds"),
    path("settings/calendar/new/", feeds.create, name="feed-new"),
    path("settings/calendar/<uuid:pk>/revocation/", feeds.revoke, name="feed-revocation"),
    path("accounts/session/", sessions.stay, name="session"),
]
