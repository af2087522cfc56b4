"""A client of the query API that this Tilde has: over its socket in the data folder, or by its URL."""

import httpx

from tilde.data_folder import api_path
from tilde.settings import Settings
from tilde.web.http_clients import open_async_client, open_transport


def open_query_client(settings: Settings) -> httpx.AsyncClient:
    """The client, which who opened it closes. Raises SettingsError."""
    if settings.is_embedded:
        return open_async_client(open_transport(uds=str(api_path(settings.data))), base_url="http://query-api")
    return open_async_client(open_transport(settings.api_url, ca_file=settings.ca_file), base_url=settings.api_url)
