"""The site's settings with a home of its own, so that a test never touches a person's data."""

import os
import tempfile

os.environ.setdefault("HONE_HOME", tempfile.mkdtemp(prefix="hone-test-"))
os.environ.setdefault("SECRET_KEY", "tests-only")

from webapp.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
