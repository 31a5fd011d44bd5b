"""The simulator's addresses, whatever DEBUG was when the site's own were read."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("simulator/", include("simulator.urls"))]
