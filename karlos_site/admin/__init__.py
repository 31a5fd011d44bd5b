"""Who works here, what each may do, and what was done."""

from karlos_site.admin import audit, sessions, staff

__all__ = ("audit", "sessions", "staff")
