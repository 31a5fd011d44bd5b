"""Our figures, side by side with those of peers and floors in one run: `make bench`."""
