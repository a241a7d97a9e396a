"""Answers of a model of a catalogue as cards: what each item is, its score, and why it is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from cases.dataset import Dataset
from cases.ranking.interactions import KEPT
from pages.components import items as items_of
from pages.components.item_cards import Card
from pages.shared.i18n import _, listed
from pages.shared.text import plain
from runs import paths
from runs.results import recommendations
from runs.store.records import Run

HOSTS_NAMED = 3
_YEAR = re.compile(r"\s*[(（](\d{4})[)）]\s*$")


def card(items: Mapping[str, Any], item: int, pictures: Sequence[str] = ()) -> Card:
    """What is known of an item, by its number; `items` as `runs.results.recommendations.titles` gives it."""
    title, year = items["titles"][item], items["years"][item] if "years" in items else ""
    if found := _YEAR.search(title):
        title, year = title[: found.start()] or title, year or found[1]
    told = Card(id=str(item), title=title, year=year, genres=[*filter(None, items["genres"][item].split("|"))])
    if pictures and pictures[item]:
        told["picture"] = pictures[item]
    return told


def pictures(run: Run, key: str) -> list[str]:
    """Addresses of pictures by the numbers of items, "" where there is none. Those on other hosts are there only once a
    person has them fetched."""
    given = recommendations.pictures(run)
    hosts = sorted({host for one in given if (host := _host(one))})
    wanted = bool(hosts) and _fetched(hosts, key)
    own = _own(run) if KEPT in given else ""
    return [f"{own}{item}" if one == KEPT else one if wanted and _host(one) else "" for item, one in enumerate(given)]


def _fetched(hosts: list[str], key: str) -> bool:
    named = listed([*map(plain, hosts[:HOSTS_NAMED]), *(["…"] if len(hosts) > HOSTS_NAMED else [])])
    return st.toggle(_("Load pictures from {hosts}", hosts=named), key=f"{key}_pictures", persist_state="page",
                     help=_("Your browser fetches them from these hosts, which see your IP address but not this "
                            "page."))  # fmt: skip


def _own(run: Run) -> str:
    """The address of the pictures that came with the data, up to the number of the item."""
    dataset = Dataset.open(paths.datasets() / str(run.dataset))
    return items_of.address(dataset, 0).removesuffix("0").replace("&row=", "&picture=1&row=")


def _host(address: str) -> str:
    """A public name to fetch from; "" where there is none, such as a number or a machine of the own network."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or parts.username or "." not in host or host.endswith(".local"):
        return ""
    try:
        ip_address(host)
    except ValueError:
        return host if host.rsplit(".", 1)[-1].isalpha() else ""
    return ""
