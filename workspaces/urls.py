from django.urls import path

from .views import audit, departures, messages, offices, people, pins, reactions, search, sign_offs, signed_copies, topics

app_name = "workspaces"
urlpatterns = [
    path("workspaces/<slug:slug>/", topics.index, name="detail"),
    path("workspaces/<slug:slug>/topics/new/", topics.create, name="topic-new"),
    path("workspaces/<slug:slug>/topics/<uuid:pk>/", topics.detail, name="topic"),
    path("workspaces/<slug:slug>/topics/<uuid:pk>/title/", topics.update, name="topic-title"),
    path("workspaces/<slug:slug>/topics/<uuid:pk>/closing/", topics.close, name="topic-closing"),
    path("workspaces/<slug:slug>/topics/<uuid:pk>/preview/", topics.preview, name="topic-preview"),
    path("workspaces/<slug:slug>/topics/<uuid:pk>/reading/", topics.read, name="topic-reading"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/", messages.detail, name="message"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/history/", messages.history, name="message-history"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/tools/", messages.tools, name="message-tools"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/reactions/", reactions.update, name="message-reactions"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/cards/", messages.cards, name="message-cards"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/pin/", pins.update, name="message-pin"),
    path("workspaces/<slug:slug>/messages/<uuid:pk>/removal/", messages.remove, name="message-removal"),
    path("workspaces/<slug:slug>/sign-offs/<uuid:pk>/", sign_offs.detail, name="sign-off"),
    path("workspaces/<slug:slug>/sign-offs/<uuid:pk>/refusal/", sign_offs.decline, name="sign-off-refusal"),
    path("workspaces/<slug:slug>/sign-offs/<uuid:pk>/withdrawal/", sign_offs.withdraw, name="sign-off-withdrawal"),
    path("search/", search.everywhere, name="search-everywhere"),
    path("workspaces/<slug:slug>/search/", search.index, name="search"),
    path("workspaces/<slug:slug>/people/", people.index, name="people"),
    path("workspaces/<slug:slug>/audit/", audit.index, name="audit"),
    path("workspaces/<slug:slug>/audit.csv", audit.download, name="audit-csv"),
    path("people/offices/<uuid:pk>/", offices.detail, name="office"),
    path("people/offices/<uuid:pk>/delegations/", offices.delegations, name="delegations"),
    path("people/offices/<uuid:pk>/leaving/<slug:slug>/", departures.create, name="leaving"),
    path("people/signed/", signed_copies.index, name="signed-copies"),
    path("people/signed/<uuid:pk>/", signed_copies.detail, name="signed-copy"),
]
