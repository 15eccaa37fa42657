"""Every refusal in the contract’s form: `{"type", "errors": [{"code", "detail", "attr"}]}`, a conflict with the newer row."""

from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status
from rest_framework.reverse import reverse

from ..models import Conflict
from ..outages import AWAY


class Unavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "This cannot be reached for a moment. Nothing was saved by half: try again soon."
    wait = 5  # seconds, said to who asks


class Conflicting(exceptions.APIException):
    """409. `current` is the newer object, as the viewset shows it, where there is one to show."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "Somebody else changed this since you read it."

    def __init__(self, current=None, detail=None):
        super().__init__(detail)
        self.current = current


class Unconfirmed(exceptions.PermissionDenied):
    """403: sign in again, at the address under `reauthenticate_at`, and ask once more."""

    default_code = "reauthentication_required"
    default_detail = "Show that it is you: sign in again in the browser, then repeat this."


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "This is too large."


class ContractErrors(ExceptionHandler):
    def convert_known_exceptions(self, exc):
        if isinstance(exc, ModelError):
            return exceptions.ValidationError(as_fields(exc))
        if isinstance(exc, Conflict):
            view = self.context["view"]
            shows = getattr(view, "queryset", None) is not None and isinstance(exc.current, view.queryset.model)
            return Conflicting(view.get_serializer(exc.current).data if shows else None)
        if isinstance(exc, ReauthenticationRequired):
            return Unconfirmed()
        if isinstance(exc, RequestDataTooBig):
            return BodyTooLarge()
        if isinstance(exc, AWAY):
            return Unavailable()
        if isinstance(exc, PermissionDenied):
            return exceptions.PermissionDenied(str(exc) or None)
        return super().convert_known_exceptions(exc)


class ContractFormatter(ExceptionFormatter):
    def format_error_response(self, error_response):
        told = super().format_error_response(error_response)
        if isinstance(self.exc, Conflicting) and self.exc.current is not None:
            told["current"] = self.exc.current
        if isinstance(self.exc, Unconfirmed):
            told["reauthenticate_at"] = reverse("account_reauthenticate", request=self.context["request"])
        return told


def as_fields(error):
    """A model's ValidationError as REST framework's, keeping which field and which code."""
    if not hasattr(error, "error_dict"):
        return [exceptions.ErrorDetail(each.messages[0], each.code or "invalid") for each in error.error_list]
    return {
        "non_field_errors" if field == NON_FIELD_ERRORS else field: [
            exceptions.ErrorDetail(message, each.code or "invalid") for each in errors for message in each.messages
        ]
        for field, errors in error.error_dict.items()
    }
