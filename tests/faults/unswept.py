"""The product's Celery application without the workers' looking for themselves: for comparison."""

from karlos_site.celery import app

app.steps["worker"].discard("conversations.sweep:Sweeper")
