"""Tell crawlers by their agent, from crawlerdetect's kept list."""

from __future__ import annotations

from crawlerdetect import CrawlerDetect


class Agents:
    """The kept list of agents, compiled once."""

    def __init__(self) -> None:
        self._detect = CrawlerDetect()

    def is_crawler(self, agent: str) -> bool:
        """Say whether this agent names itself as a machine; no agent at all is no answer here."""
        return bool(agent) and bool(self._detect.isCrawler(agent))
