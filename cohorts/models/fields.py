"""Fields that say more than Django's."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.functional import cached_property


class LimitedTextField(models.TextField):
    """Text of at most `max_length` characters, whoever sets it: Django's own leaves the limit to forms."""

    @cached_property
    def validators(self):
        return [*super().validators, MaxLengthValidator(self.max_length)]
