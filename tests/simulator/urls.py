"""The site's addresses and the simulator's, whatever DEBUG was when the site's own were read."""

from django.urls import include, path

from karlos_site.urls import urlpatterns as of_the_site

urlpatterns = [*of_the_site, path("simulator/", include("simulator.urls"))]
