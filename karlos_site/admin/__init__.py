"""Who works here, what each may do, and what was done."""

from karlos_site.admin import audit, staff

__all__ = ("audit", "staff")
