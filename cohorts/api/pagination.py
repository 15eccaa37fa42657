from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """`{"next": url|null, "previous": url|null, "results": [...]}`; a viewset names its own `ordering`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = ("-created_at", "pk")

    def get_ordering(self, request, queryset, view):
        return getattr(view, "ordering", self.ordering)
