"""Recognize crawlers by their agent, with crawlerdetect's list."""

from __future__ import annotations

from crawlerdetect import CrawlerDetect


class Agents:
    """The list of agents, compiled once."""

    def __init__(self) -> None:
        self._detect = CrawlerDetect()

    def is_crawler(self, agent: str) -> bool:
        """Return whether this agent is a known crawler; a missing agent is not decided here."""
        return bool(agent) and bool(self._detect.isCrawler(agent))
