"""How much one person may keep, where the laboratory's usual limit does not suit."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Quota(models.Model):
    """A limit of one's own; without one the setting HONE_USER_QUOTA_MB holds."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="quota")
    megabytes = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.user}: {self.megabytes:,} MB"

    @classmethod
    def bytes_for(cls, user: AbstractBaseUser) -> int:
        """What `user` may keep in all."""
        own = cls.objects.filter(user=user).values_list("megabytes", flat=True).first()
        return settings.HONE_USER_QUOTA_BYTES if own is None else own << 20
