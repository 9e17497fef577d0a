"""The site's settings with a home of its own, so that a test never touches a person's data."""

import atexit
import os
import shutil
import tempfile

# A process that a test starts finds the home of that test run here, and does not make its own
if "HONE_TEST_HOME" not in os.environ:
    os.environ["HONE_TEST_HOME"] = tempfile.mkdtemp(prefix="hone-test-")
    atexit.register(shutil.rmtree, os.environ["HONE_TEST_HOME"], ignore_errors=True)
os.environ["HONE_HOME"] = os.environ["HONE_TEST_HOME"]
os.environ.setdefault("SECRET_KEY", "tests-only")
# The tests bring their own Redis, behind a socket in that home
os.environ.pop("REDIS_URL", None)

from webapp.settings import *  # noqa: F403

# A file, as in real life, that the threads of a test share
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": HONE_HOME / "test.sqlite3"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405  (whitenoise warns of a folder that is not there)
