"""The configured sites, and the allow-lists of their origins."""

from collections.abc import Sequence

from channel_chat.settings import SiteSettings


class Sites:
    """Sites by id."""

    def __init__(self, sites: Sequence[SiteSettings]) -> None:
        self._sites = {site.id: site for site in sites}

    def get(self, site_id: str) -> SiteSettings | None:
        """The site, or None."""
        return self._sites.get(site_id)

    def allows(self, site_id: str, origin: str | None) -> bool:
        """Whether pages of `origin` (the header, as the browser sent it) may use the site."""
        site = self._sites.get(site_id)
        return site is not None and origin is not None and origin.lower() in site.origins
