"""Two people at the same vehicle: whoever saves second is told what the first one changed, before anything is lost."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from inventory import values
from inventory.models import Vehicle


class CautiousForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """Carries every value as it was loaded, and refuses to save when one of them was changed meanwhile.

    What was typed stays; what only the other person changed is taken over. Whoever saves again has read it. The save must
    be in the transaction of the check.
    """

    instance: Vehicle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._carried():
            self.fields[name].show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and self.has_changed():
            self.instance.refresh_from_db(from_queryset=Vehicle.objects.select_for_update())
            if changes := self._changed_meanwhile():
                self.add_error(None, self._told(changes))
                self._load_anew(changes)
        return cleaned

    def _carried(self) -> list[str]:
        if not self.instance.pk:
            return []
        return [field.name for field in Vehicle._meta.fields if field.name in self.fields]

    def _changed_meanwhile(self) -> dict[str, tuple[Any, Any]]:
        """Field to the value that this form was loaded with and the value of now."""
        found = {}
        for name in self._carried():
            field, now = self.fields[name], getattr(self.instance, name)
            if not field.show_hidden_initial:
                continue
            loaded = field.hidden_widget().value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
            if field.has_changed(now, loaded):
                found[name] = (loaded, now)
        return found

    def _told(self, changes: dict[str, tuple[Any, Any]]) -> str:
        last = self.instance.history.select_related("history_user").first()
        lines = ", ".join(
            f"{values.label(name)}: {self._as_loaded(name, loaded)} → {values.shown(name, now)}"
            for name, (loaded, now) in changes.items()
        )
        return _(
            "Not saved: meanwhile this vehicle was changed by %(who)s, %(when)s (%(changes)s). What you typed is still "
            "here; look at it and save again to keep it."
        ) % {
            "who": values.who(last.history_user if last else None),
            "when": values.when(last.history_date if last else self.instance.updated_at),
            "changes": lines,
        }

    def _as_loaded(self, name: str, loaded: Any) -> str:
        try:
            return values.shown(name, Vehicle._meta.get_field(name).to_python(loaded or None))  # type: ignore[union-attr]
        except forms.ValidationError:  # nobody loaded that
            return str(loaded)

    def _load_anew(self, changes: dict[str, tuple[Any, Any]]) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined] # a QueryDict
        for name, (_loaded, now) in changes.items():
            value = "" if now is None else str(now)
            data[self.add_initial_prefix(name)] = value
            if name not in self.changed_data:
                data[self.add_prefix(name)] = value
        self.data = data
