"""The site: settings and the doors of the house. It mounts every app and no app imports it."""

from karlos_site.celery import app as celery_app

__all__ = ("celery_app",)
