"""`workspaces/SLUG/` and the events of its streams."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from cohorts.api.base import Resource

from ..models import Audience, Message, Stream, Topic, Workspace
from ..realtime import payloads

EVENTS_AT_ONCE = 200


class WorkspaceSerializer(serializers.ModelSerializer):
    """`is_open`: false until both offices have signed the cohort's participation agreement."""

    url = serializers.HyperlinkedIdentityField(view_name="workspace-detail", lookup_field="slug")
    cohort = serializers.SlugField(source="home_cohort.slug")
    city = serializers.SlugField(source="enrolment.city.slug", default=None, allow_null=True)
    is_open = serializers.BooleanField()
    streams = serializers.SerializerMethodField()
    unread_count = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Workspace
        fields = [
            *("id", "url", "slug", "name", "kind", "cohort", "city", "is_open", "streams", "unread_count"),
            *("created_at", "updated_at"),
        ]

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_streams(self, workspace):
        """`{name: last number}` of the caller's streams alone."""
        return Stream.objects.visible_to(self.context["request"].user).filter(workspace=workspace).heads()

    @extend_schema_field(serializers.IntegerField())
    def get_unread_count(self, workspace):
        person = self.context["request"].user
        topics = Topic.objects.visible_to(person).filter(workspace=workspace)
        return Message.objects.unread_by(person).filter(topic__in=topics).count()


class After(serializers.Serializer):
    stream = serializers.CharField()
    after = serializers.IntegerField(min_value=0, max_value=2**62)


class ActorSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    title = serializers.CharField()
    office = serializers.CharField(allow_null=True)


class EventSerializer(serializers.Serializer):
    stream = serializers.ChoiceField(Audience.choices)
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    actor = ActorSerializer(allow_null=True)
    data = serializers.DictField()
    html = serializers.CharField(required=False)


class TopicCountsSerializer(serializers.Serializer):
    """`last`: the position up to which `unread` counts. Of two answers on a topic, the one with the higher `turn` is newer."""

    read = serializers.IntegerField()
    turn = serializers.IntegerField()
    last = serializers.IntegerField()
    unread = serializers.IntegerField()


class UnreadSerializer(serializers.Serializer):
    topics = serializers.DictField(child=TopicCountsSerializer())


class EventPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EventSerializer(many=True)


class WorkspaceViewSet(mixins.RetrieveModelMixin, Resource):
    queryset = Workspace.objects.select_related("cohort", "convening__cohort", "enrolment__city", "enrolment__cohort")
    serializer_class = WorkspaceSerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"
    http_method_names = ["get", "head", "options"]

    def get_queryset(self):
        """Pending ones too: that a workspace waits for signatures is no secret to its people."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.all() & Workspace.objects.known_to(self.request.user)

    @extend_schema(responses=UnreadSerializer)
    @action(detail=True, methods=["get"])
    def unread(self, request, slug):
        """How far the caller has read in each topic they see, and how much is new."""
        topics = Topic.objects.visible_to(request.user).filter(workspace=self.get_object())
        return Response({"topics": topics.counts_for(request.user)})

    @extend_schema(
        parameters=[OpenApiParameter("stream", str, required=True), OpenApiParameter("after", int, required=True)],
        responses=EventPage,
    )
    @action(detail=True, methods=["get"])
    def events(self, request, slug):
        """What came after number `after` of one of the caller's streams, in order, as the socket tells it."""
        workspace = self.get_object()
        asked = After(data=request.query_params)
        asked.is_valid(raise_exception=True)
        streams = Stream.objects.visible_to(request.user).filter(workspace=workspace)
        stream = get_object_or_404(streams, audience=asked.validated_data["stream"])
        told = payloads.after(stream, asked.validated_data["after"], EVENTS_AT_ONCE + 1)
        is_more = len(told) > EVENTS_AT_ONCE
        results = [{key: value for key, value in frame.items() if key != "type"} for frame in told[:EVENTS_AT_ONCE]]
        here = request.build_absolute_uri(request.path)
        following = f"{here}?stream={stream.audience}&after={results[-1]['seq']}" if is_more else None
        return Response({"next": following, "previous": None, "results": results})
