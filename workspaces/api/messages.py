"""`messages/`: sent once for each `client_id`, whichever way they come."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cohorts.api.base import Creatable, Editable, Readable

from ..actions.acknowledgements import acknowledge, ask_to_acknowledge
from ..actions.moves import move_messages
from ..actions.pins import pin, unpin
from ..actions.reactions import react, unreact
from ..actions.topics import edit_message, post_message, remove_message
from ..cards import cards_in
from ..markdown import to_html
from ..models import MESSAGE_LENGTH, Emoji, Message, MessageRevision, SealedItem, Standing, Topic
from ..reading import acknowledgement_of, attachments_of, is_decision, mentions_of, names_in, pinned, reactions_of
from ..realtime.payloads import acting
from .sealing import Sealable


class AuthorSerializer(serializers.Serializer):
    """Who wrote it, under the title of that day."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    title = serializers.CharField()
    office = serializers.CharField(allow_null=True)


class AcknowledgementSerializer(serializers.Serializer):
    """Since when its author asks for it, and who has given it."""

    asked_at = serializers.DateTimeField()
    user_ids = serializers.ListField(child=serializers.UUIDField())


class GivenReactionSerializer(serializers.Serializer):
    emoji = serializers.ChoiceField(Emoji.choices)
    user_ids = serializers.ListField(child=serializers.UUIDField())


class PinSerializer(serializers.Serializer):
    """Who put the message at the head of its topic, and when."""

    by = serializers.UUIDField()
    at = serializers.DateTimeField()


class CardSerializer(serializers.Serializer):
    kind = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField()
    url = serializers.CharField()


class MessageMoveSerializer(serializers.Serializer):
    topic = serializers.UUIDField()
    with_later = serializers.BooleanField(default=False, help_text="And all that follow it in its topic.")
    is_confirmed = serializers.BooleanField(default=False)


class ReactionSerializer(serializers.Serializer):
    emoji = serializers.ChoiceField(Emoji.choices)


class FileSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    sha256 = serializers.CharField()
    download_url = serializers.CharField()


@extend_schema_field(FileSerializer(many=True))
class AttachedField(serializers.ListField):
    """Keys of uploaded files on the way in; on the way out, the files."""

    child = serializers.UUIDField()

    def get_attribute(self, message):
        return attachments_of(message)

    def to_representation(self, files):
        return FileSerializer(files, many=True).data


class MessageSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="message-detail")
    topic = serializers.UUIDField(source="topic_id")
    stream = serializers.CharField(source="stream.audience", read_only=True)
    author = serializers.SerializerMethodField()
    body = serializers.CharField(
        max_length=MESSAGE_LENGTH, allow_blank=True, required=False, help_text="May be empty where files go along."
    )
    html = serializers.SerializerMethodField()
    client_id = serializers.UUIDField(required=False)
    anyway = serializers.BooleanField(write_only=True, required=False, help_text="After a refusal with `case_information`.")
    attachments = AttachedField(required=False)
    acknowledgement = serializers.SerializerMethodField()
    reactions = serializers.SerializerMethodField()
    mentions = serializers.SerializerMethodField()
    pinned = serializers.SerializerMethodField()
    is_decision = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            *("id", "url", "topic", "position", "stream", "seq", "author", "body", "html", "client_id", "anyway"),
            *(
                "attachments",
                "acknowledgement",
                "reactions",
                "mentions",
                "pinned",
                "is_decision",
                "edited_at",
                "deleted_at",
                "version",
                "created_at",
                "updated_at",
            ),
        ]
        read_only_fields = ["position", "seq"]
        validators = []  # the same client_id again is no mistake

    @extend_schema_field(AuthorSerializer)
    def get_author(self, message):
        return acting(message.author, message.term)

    @extend_schema_field(serializers.CharField())
    def get_html(self, message):
        return to_html(message.body, names_in(message))

    @extend_schema_field(AcknowledgementSerializer(allow_null=True))
    def get_acknowledgement(self, message):
        return acknowledgement_of(message)

    @extend_schema_field(GivenReactionSerializer(many=True))
    def get_reactions(self, message):
        return reactions_of(message)

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_mentions(self, message):
        return mentions_of(message)

    @extend_schema_field(PinSerializer(allow_null=True))
    def get_pinned(self, message):
        return pinned(message)

    @extend_schema_field(serializers.BooleanField())
    def get_is_decision(self, message):
        return is_decision(message)

    def validate(self, told):
        if self.instance and "attachments" in told:
            raise ValidationError({"attachments": "Files are sent with a new message."})
        kept = {"topic_id": "topic", "client_id": "client_id"} if self.instance else {}
        for field, name in kept.items():
            if told.get(field, getattr(self.instance, field)) != getattr(self.instance, field):
                raise ValidationError({name: "This stays as it was."})
        return told


class RevisionSerializer(serializers.ModelSerializer):
    at = serializers.DateTimeField(source="replaced_at")
    by = serializers.UUIDField(source="replaced_by_id")

    class Meta:
        model = MessageRevision
        fields = ["body", "at", "by"]


class MessageFilter(filters.FilterSet):
    topic = filters.UUIDFilter(field_name="topic")


class MessageViewSet(Sealable, Creatable, Editable, Readable):
    queryset = Message.objects.for_reading()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    sealed_kind = SealedItem.Kind.MESSAGE
    is_known = False

    @property
    def ordering(self):
        return ("position",) if self.request.query_params.get("topic") else ("created_at", "pk")

    def perform_create(self, serializer):
        told = serializer.validated_data
        topics = Topic.objects.visible_to(self.request.user).select_related("workspace")
        topic = get_object_or_404(topics, pk=told["topic_id"])
        standing = Standing.of(self.request.user, topic.workspace)
        message, is_new = post_message(
            topic,
            standing,
            body=told.get("body", ""),
            client_id=told.get("client_id"),
            anyway=told.get("anyway", False),
            attachments=told.get("attachments", ()),
        )
        self.is_known = not is_new
        return message

    def created(self, made, code):
        return super().created(made, status.HTTP_200_OK if self.is_known else code)

    def perform_update(self, message, changes, version):
        told = {"body": message.body} | changes
        edit_message(message, self.standing_at(message), version=version, body=told["body"], anyway=told.get("anyway", False))
        return self.get_queryset().get(pk=message.pk)

    def destroy(self, request, *args, **kwargs):
        message = self.get_object()
        remove_message(message, self.standing_at(message))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RevisionSerializer(many=True))
    @action(detail=True, methods=["get"])
    def revisions(self, request, pk):
        """The words before each edit, oldest first. Those of a removed message are for the record alone."""
        message = self.get_object()
        revisions = message.revisions.all() if message.deleted_at is None else message.revisions.none()
        told = RevisionSerializer(revisions, many=True).data
        return Response({"next": None, "previous": None, "results": told})

    @extend_schema(request=ReactionSerializer, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def reactions(self, request, pk):
        """React; twice is once."""
        return self.reacted(react)

    @extend_schema(request=ReactionSerializer, responses=MessageSerializer)
    @reactions.mapping.delete
    def take_back(self, request, pk):
        """Take one's own reaction back."""
        return self.reacted(unreact)

    def reacted(self, verb):
        message = self.get_object()
        told = ReactionSerializer(data=self.request.data)
        told.is_valid(raise_exception=True)
        verb(message, self.standing_at(message), told.validated_data["emoji"])
        return self.shown(message)

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"], url_path="pin")
    def put_pin(self, request, pk):
        """Put it at the head of its topic."""
        message = self.get_object()
        pin(message, self.standing_at(message))
        return self.shown(message)

    @extend_schema(request=None, responses=MessageSerializer)
    @put_pin.mapping.delete
    def take_pin(self, request, pk):
        """Take it from the head of its topic."""
        message = self.get_object()
        unpin(message, self.standing_at(message))
        return self.shown(message)

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def acknowledgement(self, request, pk):
        """Acknowledge it, where its author asks."""
        message = self.get_object()
        acknowledge(message, self.standing_at(message))
        return self.shown(message)

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"], url_path="acknowledgement-request")
    def ask_for_acknowledgement(self, request, pk):
        """Ask everybody who sees one's own message to acknowledge it."""
        message = self.get_object()
        ask_to_acknowledge(message, self.standing_at(message))
        return self.shown(message)

    @extend_schema(request=MessageMoveSerializer, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, pk):
        """To the end of another topic, as a new message; where more people would see it, refused with the code `wider` until
        `is_confirmed` is said."""
        message, told = self.get_object(), MessageMoveSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        told = dict(told.validated_data)
        topics = Topic.objects.visible_to(request.user).select_related("workspace")
        target = get_object_or_404(topics, pk=told.pop("topic"))
        there = Standing.of(request.user, target.workspace)
        return self.shown(move_messages(message, self.standing_at(message), target, there, **told))

    @extend_schema(responses=CardSerializer(many=True))
    @action(detail=True, methods=["get"])
    def cards(self, request, pk):
        """What its links lead to, as far as the caller may see it."""
        return Response({"next": None, "previous": None, "results": cards_in(self.get_object(), request.user)})

    def shown(self, message):
        return Response(self.get_serializer(self.get_queryset().get(pk=message.pk)).data)

    def workspace_at(self, message):
        return message.stream.workspace

    def standing_at(self, message):
        return Standing.of(self.request.user, message.stream.workspace)
