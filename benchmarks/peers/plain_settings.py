"""The product's settings with another webhook in place of ours."""

from karlos_site.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.peers.webhook_plain"
