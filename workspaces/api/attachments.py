"""`attachments/`: uploaded to a topic first, then sent with a message that names them."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from cohorts.api.base import Creatable, Readable
from cohorts.api.errors import BodyTooLarge

from ..actions.attachments import StorageFull, attach, discard, findings_in, remove_attachment
from ..actions.guard import warning_of
from ..files.kinds import NotAccepted, TooLarge
from ..models import Attachment, SealedItem, Standing, Topic
from .sealing import Sealable


class FileNotAccepted(exceptions.APIException):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"


class NoRoom(exceptions.APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "no_room"
    default_detail = "There is no room for this file on the server. Nothing of it was kept; try again later."


class AttachmentSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="attachment-detail")
    topic = serializers.UUIDField(source="topic_id")
    message = serializers.UUIDField(source="message_id", read_only=True, allow_null=True)
    file = serializers.FileField(write_only=True, help_text="Up to 25 MB.")
    download_url = serializers.SerializerMethodField()
    warning = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = [
            *("id", "url", "topic", "message", "file", "name", "size", "content_type", "sha256", "download_url", "warning"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = ["name", "size", "content_type", "sha256"]

    def get_download_url(self, attachment) -> str:
        path = reverse("workspaces:file-download", args=[attachment.topic.workspace.slug, attachment.pk])
        return self.context["request"].build_absolute_uri(path)

    def get_warning(self, attachment) -> str:
        """What the guard asks about it; empty once it is sent."""
        found = findings_in([attachment])
        return warning_of(found) if found else ""


class AttachmentFilter(filters.FilterSet):
    topic = filters.UUIDFilter(field_name="topic")
    message = filters.UUIDFilter(field_name="message")
    workspace = filters.CharFilter(field_name="topic__workspace__slug")


class AttachmentViewSet(Sealable, Creatable, Readable):
    queryset = Attachment.objects.select_related("topic__workspace")
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilter
    parser_classes = [MultiPartParser, JSONParser]
    sealed_kind = SealedItem.Kind.FILE
    ordering = ("created_at", "pk")
    http_method_names = ["get", "post", "delete", "head", "options"]

    @extend_schema(request={"multipart/form-data": AttachmentSerializer})
    def create(self, request, *args, **kwargs):
        """Seen by its uploader alone until a message names it; forgotten after a week."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        topics = Topic.objects.visible_to(self.request.user).select_related("workspace")
        topic = get_object_or_404(topics, pk=serializer.validated_data["topic_id"])
        try:
            return attach(topic, Standing.of(self.request.user, topic.workspace), file=serializer.validated_data["file"])
        except TooLarge as error:
            raise BodyTooLarge(error.message)
        except NotAccepted as error:
            raise FileNotAccepted(error.message)
        except StorageFull:
            raise NoRoom

    def workspace_at(self, attachment):
        return attachment.topic.workspace

    def destroy(self, request, *args, **kwargs):
        """One that was not sent is gone; one that was leaves a line in its message."""
        attachment = self.get_object()
        if attachment.message_id is None:
            discard(attachment, request.user)
        else:
            remove_attachment(attachment, Standing.of(request.user, attachment.topic.workspace))
        return Response(status=status.HTTP_204_NO_CONTENT)
