"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from conversations import documents, privacy
from inventory import pictures
from karlos_site import metrics, second_factor

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/admin/")),
    path("metrics", metrics.metrics),
    path("admin/second-factor/", second_factor.page, name="second_factor"),
    path("admin/", admin.site.urls),
    path("api/", include("conversations.urls")),
    path("media/attachments/<int:attachment_id>", documents.attachment, name="attachment"),
    path("media/photos/<str:token>.jpg", pictures.photo, name="photo"),
    path("privacy", privacy.page, name="privacy"),
    path("media/comparisons/<str:token>.png", documents.comparison, name="comparison"),
    path("media/quotes/<str:token>.pdf", documents.quote, name="quote_document"),
]
if settings.SIMULATOR and settings.DEBUG:
    urlpatterns.append(path("simulator/", include("simulator.urls")))
