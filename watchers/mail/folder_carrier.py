"""Carries letters no further than a folder of this machine: nothing is needed to try them, and nobody gets one."""

from watchers.folder_destination import FolderDestination


class FolderCarrier:
    """Each message is a file, named after its id."""

    def __init__(self, folder: FolderDestination) -> None:
        self._folder = folder

    async def carry(self, id_: str, to: str, message: bytes) -> None:
        await self._folder.deliver(id_, message)
