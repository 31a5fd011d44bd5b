"""How figures and dates are written where Django's own habits are not Mexico's."""
