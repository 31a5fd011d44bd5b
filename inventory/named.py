"""The makes, models and colours that a wish names: how each was read, and which cars are meant."""

import functools
from dataclasses import dataclass, replace

from django.db.models import Q

from inventory import distinct, nicknames, vocabulary
from inventory.names import Name
from inventory.vocabulary import Pairs, Resolution
from inventory.wish import Wish


@dataclass(frozen=True, kw_only=True)
class Named:
    """The names of a wish as read: those wanted and those refused; and the stock's own colours that are any of those wanted."""

    wanted: tuple[Resolution, ...]
    refused: tuple[Resolution, ...]
    stock: Pairs
    colours: tuple[str, ...]

    @property
    def read_as(self) -> tuple[Resolution, ...]:
        """Those taken as read."""
        return tuple(name for name in self._every if name.is_sure and not name.absent)

    @property
    def absent(self) -> tuple[Resolution, ...]:
        """Those wanted that are not in stock, without make and model where nothing known is meant for sure."""
        return tuple(_without_guess(name) for name in self.wanted if _is_absent(name))

    @property
    def unclear(self) -> tuple[Resolution, ...]:
        """Those to be asked about."""
        return tuple(name for name in self._every if not name.is_sure and not _is_absent(name))

    @functools.cached_property
    def fits(self) -> Q:
        """The cars that are any of the wanted and none of the refused."""
        fits = self._wanted()
        for name in _sure(self.refused):
            fits &= ~_is(name, self.stock)
        return fits

    def _wanted(self) -> Q:
        """A make whose model is also named, in stock or not, does not widen to all its models."""
        if not self.wanted:
            return Q()
        narrowed = {read.make for read in self.wanted if read.model}
        named = Q(pk__in=[])
        for name in _sure(self.wanted):
            if name.model or name.make not in narrowed:
                named |= _is(name, self.stock)
        return named

    @property
    def _every(self) -> tuple[Resolution, ...]:
        return self.wanted + self.refused


def read(asked: Wish) -> Named:
    """The names of this wish; a model is first read beside the makes named with it."""
    is_named = asked.makes or asked.models or asked.exclude_makes or asked.exclude_models
    stock = vocabulary.stocked() if is_named else ()
    models = tuple(_beside(asked.makes, model, stock) for model in asked.models)
    return Named(
        wanted=_all_resolved(asked.makes, stock) + models,
        refused=_all_resolved(asked.exclude_makes + asked.exclude_models, stock),
        stock=stock,
        colours=_colours(asked.colours) if asked.colours else (),
    )


def _colours(wanted: tuple[str, ...]) -> tuple[str, ...]:
    recorded = [colour for (colour,) in distinct.values("colour") if colour]
    return tuple(colour for colour in recorded if any(nicknames.is_colour(want, colour) for want in wanted))


def _beside(makes: tuple[str, ...], model: str, stock: Pairs) -> Resolution:
    """ "3" beside Mazda is the Mazda 3; a model of another make stays what it is alone."""
    readings = [vocabulary.resolve(model, stock), *(vocabulary.resolve(f"{make} {model}", stock) for make in makes)]
    fitting = [reading for reading in readings if reading.is_sure and reading.model]
    return next((reading for reading in fitting if not reading.absent), fitting[0] if fitting else readings[0])


def _all_resolved(written: tuple[str, ...], stock: Pairs) -> tuple[Resolution, ...]:
    return tuple(vocabulary.resolve(name, stock) for name in written)


def _is_absent(read: Resolution) -> bool:
    """Nothing that it may mean is in stock: there is nothing to ask about."""
    return read.absent and (read.is_sure or not any(name.in_stock for name in read.alternatives))


def _without_guess(absent: Resolution) -> Resolution:
    """Without the guess, where it is no more than that."""
    return absent if absent.is_sure else replace(absent, make=None, model=None, alternatives=())


def _sure(resolutions: tuple[Resolution, ...]) -> list[Name]:
    return [read.name for read in resolutions if read.name and read.is_sure and not read.absent]


def _is(name: Name, stock: Pairs) -> Q:
    pairs = vocabulary.writings(name, stock)
    if name.model is None:
        return Q(make__in=sorted({make for make, _ in pairs}))
    return Q(make__in=sorted({make for make, _ in pairs}), model__in=sorted({model for _, model in pairs}))
