"""`topics/`: the same verbs as the pages."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cohorts.api.base import Creatable, Editable, Readable
from cohorts.models import Office

from ..actions.moves import move_topic, require_mover
from ..actions.topics import edit_topic, mark_read, open_topic
from ..calling import rows_to_call
from ..models import Audience, SealedItem, Standing, Topic, Workspace
from ..ties import check_tie
from .sealing import Sealable

READERS_SHOWN = 200
FIXED = ("workspace", "audience", "office", "subject")


class TopicSubjectSerializer(serializers.Serializer):
    kind = serializers.CharField(max_length=20)
    id = serializers.UUIDField()


@extend_schema_field(TopicSubjectSerializer(allow_null=True))
class SubjectField(serializers.Field):
    """`{"kind", "id"}` of what a topic is about, or null."""

    def get_attribute(self, topic):
        return topic

    def to_representation(self, topic):
        return {"kind": topic.subject_kind, "id": topic.subject_id} if topic.subject_id else None

    def to_internal_value(self, told):
        subject = TopicSubjectSerializer(data=told)
        subject.is_valid(raise_exception=True)
        return subject.validated_data


class OfficeField(serializers.PrimaryKeyRelatedField):
    """An office of the workspace that is spoken of; any other does not exist here."""

    def __init__(self, **kwargs):
        super().__init__(queryset=Office.objects.all(), pk_field=serializers.UUIDField(), **kwargs)


class TopicSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="topic-detail")
    workspace = serializers.SlugField(source="workspace.slug")
    audience = serializers.ChoiceField(Audience.choices, default=Audience.WORKSPACE)
    office = OfficeField(required=False, allow_null=True)
    is_closed = serializers.BooleanField(required=False)
    subject = SubjectField(required=False, allow_null=True)
    anyway = serializers.BooleanField(write_only=True, required=False, help_text="After a refusal with `case_information`.")
    unread_count = serializers.SerializerMethodField()

    class Meta:
        model = Topic
        fields = [
            *("id", "url", "workspace", "title", "audience", "office", "is_closed", "subject", "anyway", "message_count"),
            *("unread_count", "last_message_at", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["message_count", "last_message_at"]
        validators = []  # the verb says which ring has an office

    @extend_schema_field(serializers.IntegerField())
    def get_unread_count(self, topic):
        return topic.unread_count

    def validate(self, told):
        if self.instance and (moved := told.keys() & set(FIXED)):
            raise ValidationError(dict.fromkeys(moved, "This is said when a topic is opened, and stays."))
        return told


class TopicFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="workspace__slug")
    is_closed = filters.BooleanFilter()


class ReaderSerializer(serializers.Serializer):
    """A person, or an office: then `title` says so."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["person", "office"])
    name = serializers.CharField()
    title = serializers.CharField()


class Position(serializers.Serializer):
    position = serializers.IntegerField(min_value=0)


class TopicMoveSerializer(serializers.Serializer):
    """`office` is one's own."""

    workspace = serializers.SlugField()
    audience = serializers.ChoiceField(Audience.choices, default=Audience.WORKSPACE)
    is_confirmed = serializers.BooleanField(default=False)


class TopicViewSet(Sealable, Creatable, Editable, Readable):
    queryset = Topic.objects.all()
    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    http_method_names = ["get", "post", "patch", "head", "options"]
    sealed_kind = SealedItem.Kind.TITLE

    def workspace_at(self, topic):
        return topic.workspace

    def get_queryset(self):
        rows = super().get_queryset()
        if self.request is None or not self.request.user.is_authenticated:
            return rows
        offices = ("workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office")
        return rows.with_unread(self.request.user).select_related("office", "workspace", *offices)

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back is read again as the caller may see it."""
        if args and isinstance(args[0], Topic) and not hasattr(args[0], "unread_count"):
            args = (self.get_queryset().get(pk=args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told = serializer.validated_data
        workspaces = Workspace.objects.known_to(self.request.user).select_related(
            "enrolment__mayor_office", "enrolment__prosecutor_office"
        )
        workspace = get_object_or_404(workspaces, slug=told["workspace"]["slug"])
        office = told.get("office")
        if office and office not in workspace.offices:
            raise ValidationError({"office": serializers.ErrorDetail("There is no such office here.", "does_not_exist")})
        subject = told.get("subject")
        if subject:
            check_tie(subject["kind"], subject["id"], workspace, self.request.user)
        return open_topic(
            Standing.of(self.request.user, workspace),
            title=told["title"],
            audience=told["audience"],
            office=office,
            subject_kind=subject["kind"] if subject else "",
            subject_id=subject["id"] if subject else None,
            anyway=told.get("anyway", False),
        )

    def perform_update(self, topic, changes, version):
        return edit_topic(topic, Standing.of(self.request.user, topic.workspace), version=version, **changes)

    @extend_schema(parameters=[OpenApiParameter("q", str)], responses=ReaderSerializer(many=True))
    @action(detail=True, methods=["get"])
    def readers(self, request, pk):
        """Whom a message in the topic can call with an “@”: people and offices who may see it. `q` narrows by name."""
        asked = " ".join(request.query_params.get("q", "").lower().split())
        told = [row for row in rows_to_call(self.get_object()) if asked in row["name"].lower() or asked in row["title"].lower()]
        return Response({"next": None, "previous": None, "results": told[:READERS_SHOWN]})

    @extend_schema(request=TopicMoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, pk):
        """To another audience or workspace; a wider one is refused with the code `wider` until `is_confirmed` is said."""
        topic, told = self.get_object(), TopicMoveSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        told = told.validated_data
        standing = Standing.of(request.user, topic.workspace)
        require_mover(topic, standing)
        workspace = Workspace.objects.visible_to(request.user).filter(slug=told["workspace"]).first()
        if workspace is None:
            raise ValidationError({"workspace": serializers.ErrorDetail("There is no such workspace.", "does_not_exist")})
        there = Standing.of(request.user, workspace)
        moved = move_topic(topic, standing, there, audience=told["audience"], is_confirmed=told["is_confirmed"])
        return Response(self.get_serializer(moved).data)

    @extend_schema(request=Position, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request, pk):
        """How far the caller has read, up or down."""
        topic = self.get_object()
        told = Position(data=request.data)
        told.is_valid(raise_exception=True)
        mark_read(topic, request.user, told.validated_data["position"])
        return Response(self.get_serializer(self.get_queryset().get(pk=topic.pk)).data)
