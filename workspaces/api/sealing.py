"""`…/should-not-be-here/` of messages, files and topics (their titles): any reader takes it out, its owner decides on a
page."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from ..actions.sealing import take_out
from ..models import SealedItem, Standing


class TakeOutSerializer(serializers.Serializer):
    why = serializers.ChoiceField(SealedItem.Why.choices)


class Sealable:
    """Subclasses set `sealed_kind` and say in `workspace_at(thing)` where a thing stands."""

    sealed_kind: str

    @extend_schema(request=TakeOutSerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="should-not-be-here", url_name="take-out")
    def should_not_be_here(self, request, pk):
        """Out of everybody's sight at once; twice is once."""
        thing = self.get_object()
        told = TakeOutSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        standing = Standing.of(request.user, self.workspace_at(thing))
        take_out(self.sealed_kind, thing, standing, why=told.validated_data["why"])
        return Response(status=status.HTTP_204_NO_CONTENT)
