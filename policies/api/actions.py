"""`actions/` of trackers: the same verbs as the pages."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers

from cohorts.api.base import Creatable, Editable, Readable, visible_choice
from workspaces.models import Standing

from ..actions.tracker_actions import add_action, edit_action, remove_action
from ..models import Action, Tracker
from .trackers import OwnerField


class ActionSerializer(serializers.ModelSerializer):
    """A POST with status `suggested` suggests; any other adds. `position` is changed on the page."""

    url = serializers.HyperlinkedIdentityField(view_name="action-detail")
    tracker = serializers.UUIDField(source="tracker_id")
    owner = OwnerField()
    depends_on = visible_choice(Action, many=True, required=False)
    commitment = serializers.UUIDField(source="commitment_id", read_only=True, allow_null=True)

    class Meta:
        model = Action
        fields = [
            *("id", "url", "tracker", "title", "office", "owner", "due_on", "done_when", "status", "depends_on"),
            *("position", "commitment", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["position"]

    def validate(self, told):
        if self.instance and "tracker_id" in told:
            raise serializers.ValidationError({"tracker": "An action stays on its tracker."})
        return told


class ActionFilter(filters.FilterSet):
    tracker = filters.UUIDFilter(field_name="tracker")
    workspace = filters.CharFilter(field_name="tracker__workspace__slug")

    class Meta:
        model = Action
        fields = ["status", "office"]


class ActionViewSet(Creatable, Editable, mixins.DestroyModelMixin, Readable):
    queryset = Action.objects.all()
    serializer_class = ActionSerializer
    filterset_class = ActionFilter
    ordering = ("position", "created_at", "pk")

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related(
                "tracker__workspace__enrolment__mayor_office",
                "tracker__workspace__enrolment__prosecutor_office",
                "owner",
            )
            .prefetch_related("depends_on")
        )

    def standing_at(self, tracker):
        return Standing.of(self.request.user, tracker.workspace)

    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        trackers = Tracker.objects.visible_to(self.request.user).select_related("workspace__enrolment")
        tracker = get_object_or_404(trackers, pk=told.pop("tracker_id"))
        return add_action(tracker, self.standing_at(tracker), **told)

    def perform_update(self, action, changes, version):
        edit_action(action, self.standing_at(action.tracker), version=version, **changes)
        return self.get_queryset().get(pk=action.pk)

    def perform_destroy(self, action):
        remove_action(action, self.standing_at(action.tracker))
