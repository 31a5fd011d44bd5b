"""Pages of long lists: nobody turns to the thousandth page, so nobody waits for every row to be counted."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet

COUNTED_MOST = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg] # generic only to the type checker
    """Counts no further than `COUNTED_MOST`. What lies beyond is found by searching and filtering, or from the other end."""

    template_name = "inventory/pagination.html"

    @cached_property
    def _counted(self) -> int:
        """Up to one more than is told."""
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: COUNTED_MOST + 1].count()
        return super().count

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNTED_MOST)

    @property
    def is_cut(self) -> bool:
        """There are more than were counted."""
        return self._counted > COUNTED_MOST
