"""Figures as JSON numbers: 14 digits fit a double exactly, and nobody has to turn text into numbers."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field(OpenApiTypes.DOUBLE)
class Number(serializers.DecimalField):
    """A stored decimal of 14 digits, 4 of them after the point; takes numbers and text."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=14, decimal_places=4, **kwargs)

    def to_representation(self, value):
        return int(value) if value == int(value) else float(value)
