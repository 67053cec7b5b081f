"""Classes of institutions that wait, watch one another and follow."""

from __future__ import annotations

from tidegate.agents.followers import Followers
from tidegate.agents.linked_network import LinkedNetwork
from tidegate.institutions.place import Institutions, Place

__all__ = ["followers"]


def followers(place: Place, made: Institutions) -> None:
    """Put in classes whose members wait, each with a network of its own."""
    for spec in place.spec.followers:
        path = f"followers/{spec.name}"
        network = LinkedNetwork(
            [f"{path}/{number}" for number in range(spec.members)],
            spec.rule,
            streams=place.streams,
            path=f"{path}/peers",
        )
        made.networks.append(network)
        class_ = Followers(
            place.model, spec=spec, network=network, **place.trading(), **place.base(path)
        )
        made.add(class_, **{f"followers_{spec.name}": class_.frame})
