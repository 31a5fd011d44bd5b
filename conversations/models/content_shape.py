"""Shapes of messages that can be tapped, as Twilio knows them."""

from django.db import models
from django.db.models.functions import Now


class ContentShape(models.Model):
    """One shape, made at Twilio once and sent by its SID ever after. Its name stands for all of it and for the account."""

    name = models.CharField(max_length=64, unique=True)
    sid = models.CharField(max_length=34)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
