"""`search/?q=`: what the caller may see and asked for, newest first."""

from zoneinfo import ZoneInfo

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView

from cohorts.api.throttling import SearchThrottle

from ..models import SearchEntry, Workspace
from ..search.asking import understand
from ..search.finding import find, known_marks
from ..search.kinds import searchables
from ..search.results import read_results


class ResultSerializer(serializers.Serializer):
    """`url` is the page on which it stands; `marks` are the words that were asked for, as places [from, to) in the excerpt."""

    kind = serializers.CharField(source="kind.key")
    id = serializers.UUIDField()
    workspace = serializers.SlugField(allow_null=True)
    title = serializers.SerializerMethodField()
    excerpt = serializers.SerializerMethodField()
    marks = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    author = serializers.CharField(allow_blank=True)

    def get_title(self, result) -> str:
        return "".join(text for text, _ in result.title)

    def get_excerpt(self, result) -> str:
        return "".join(text for text, _ in result.excerpt)

    def get_marks(self, result) -> list[list[int]]:
        marks, done = [], 0
        for text, is_marked in result.excerpt:
            if is_marked:
                marks.append([done, done + len(text)])
            done += len(text)
        return marks

    def get_url(self, result) -> str:
        return self.context["request"].build_absolute_uri(result.url)


class SearchView(GenericAPIView):
    """`q` may hold words, "phrases", -words, from:, in:, before:, after:, has: and is:, as in the search box. `notes` say what
    of it could not be followed."""

    queryset = SearchEntry.objects.none()
    serializer_class = ResultSerializer
    filter_backends = []
    throttle_classes = [SearchThrottle]
    ordering = ("-at", "-pk")

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str),
            OpenApiParameter("workspace", str),
            OpenApiParameter("kind", str, enum=[kind.key for kind in searchables()]),
        ],
        responses=ResultSerializer(many=True),
    )
    def get(self, request):
        person, asked_of = request.user, request.query_params
        asked = understand(asked_of.get("q", ""), known_marks(), ZoneInfo(person.timezone))
        workspace = None
        if slug := asked_of.get("workspace"):
            workspace = get_object_or_404(Workspace.objects.visible_to(person), slug=slug)
        entries = find(person, asked, workspace=workspace, kind=asked_of.get("kind")) if asked else self.queryset
        results = list(read_results(self.paginate_queryset(entries), person, asked))
        answer = self.get_paginated_response(self.get_serializer(results, many=True).data)
        answer.data["notes"] = asked.notes
        return answer
