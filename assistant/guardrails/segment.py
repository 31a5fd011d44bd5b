"""A stretch of an answer: what it names and what it claims."""

from dataclasses import dataclass

from assistant.guardrails.claims import Claim, Kind
from assistant.guardrails.grounds import Car
from inventory.vocabulary import Mention


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A sentence, or the part of one that is about one car or about several named together. Places are those of the answer."""

    text: str
    start: int
    end: int
    mentions: tuple[Mention, ...]
    claims: tuple[Claim, ...]
    # Words of trims, each with the stock ids of the cars whose trim has them.
    trims: tuple[tuple[int, frozenset[int]], ...] = ()

    @property
    def names_id(self) -> bool:
        return any(claim.kind is Kind.STOCK_ID for claim in self.claims)

    def names(self, car: Car) -> bool:
        """Whether a car is called by one of its names."""
        return any(car.is_called(mention.make, mention.model) for mention in self.mentions)
