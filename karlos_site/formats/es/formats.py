"""Spanish as in Mexico, where Django writes as in Spain; times short enough for a list."""

DATETIME_FORMAT = "j b Y H:i"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
