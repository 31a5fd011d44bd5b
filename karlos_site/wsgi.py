"""The web server's way in; closed while the surroundings are unsafe."""

import os

from django.core.wsgi import get_wsgi_application

from karlos_site import checks, logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")

logs.name_process("web")
application = get_wsgi_application()
checks.stop_if_unsafe()
