"""What every resource of the API shares: it starts from what the caller may see, edits by version, creates once a key."""

import hashlib
import json

from django.core.files.base import File
from django.db import IntegrityError, transaction
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.response import Response

from ..models import IdempotencyKey
from .errors import Conflicting


class Resource(viewsets.GenericViewSet):
    """Subclasses set `queryset` (its manager has `visible_to`), `serializer_class` and, for lists, `ordering`.

    A row that the caller may not know of is a 404 everywhere; one they see but may not touch is a 403 from the action."""

    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.all() & self.queryset.model.objects.visible_to(self.request.user)


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    pass


class Creatable(mixins.CreateModelMixin):
    """POST. With an `Idempotency-Key`, the same key and body again finds the object that the first one made (200), seen anew as
    the caller may see it now; the same key with another body is a 409. Subclasses write `perform_create(serializer)`,
    which calls the action and returns the object."""

    def create(self, request, *args, **kwargs):
        key = request.headers.get("Idempotency-Key", "")[:200]
        serializer = self.get_serializer(data=request.data)
        if not key:
            serializer.is_valid(raise_exception=True)
            return self.created(self.perform_create(serializer), status.HTTP_201_CREATED)
        body = hashlib.sha256(json.dumps(request.data, sort_keys=True, default=as_text).encode()).hexdigest()
        if known := self.known(key, body):
            return known
        serializer.is_valid(raise_exception=True)
        try:
            with transaction.atomic():
                made = self.perform_create(serializer)
                IdempotencyKey.objects.create(
                    person=request.user, key=key, path=request.path, body_sha256=body, object_id=made.pk
                )
        except IntegrityError:  # the same request came in twice at once, and the other one was first
            if known := self.known(key, body):
                return known
            raise
        return self.created(made, status.HTTP_201_CREATED)

    def known(self, key, body):
        record = IdempotencyKey.objects.filter(person=self.request.user, key=key).first()
        if record is None:
            return None
        if (record.path, record.body_sha256) != (self.request.path, body):
            raise Conflicting(detail="This Idempotency-Key was used with another request.")
        self.kwargs[self.lookup_url_kwarg or self.lookup_field] = record.object_id
        return self.created(self.get_object_by_id(record.object_id), status.HTTP_201_CREATED)

    def get_object_by_id(self, pk):
        return self.get_queryset().get(pk=pk)

    def created(self, made, code):
        return Response(self.get_serializer(made).data, status=code)


def as_text(value):
    """A file in the body, told by its content and left at its beginning; anything else by its words."""
    if not isinstance(value, File):
        return str(value)
    value.seek(0)
    told = hashlib.file_digest(value, "sha256").hexdigest()
    value.seek(0)
    return f"{value.name} {told}"


class Editable:
    """PATCH with the `version` that was read. Subclasses write `perform_update(object, changes, version)`, which calls the
    action and returns the object. An old version is a 409 with the newer object under `current`."""

    def partial_update(self, request, *args, **kwargs):
        row = self.get_object()
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = VersionSeen(data=request.data)
        version.is_valid(raise_exception=True)
        saved = self.perform_update(row, dict(serializer.validated_data), version.validated_data["version"])
        return Response(self.get_serializer(saved).data)


class VersionSeen(serializers.Serializer):
    version = serializers.IntegerField(min_value=1)


def visible_choice(model, **kwargs):
    """A field that refers to a row by id and knows only those the caller may see; others are `does_not_exist`."""

    class VisibleRelatedField(serializers.PrimaryKeyRelatedField):
        def get_queryset(self):
            return model.objects.visible_to(self.context["request"].user)

    return VisibleRelatedField(queryset=model.objects.none(), **kwargs)
